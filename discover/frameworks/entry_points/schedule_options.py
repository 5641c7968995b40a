"""Schedules that a project's own decorator takes: `@actor(cron_trigger=CronTrigger(hour=3))` makes no plain task.

Some process of the project reads the option and plans the task. That takes many forms; what the option says does not:
an object that a scheduler library makes, or the five fields of a crontab under a name that speaks of cron or schedule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.frameworks.reading.schedules import crontab, schedule_text
from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue, InstanceValue

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_NAMES = re.compile(r"cron|schedule", re.IGNORECASE)


def find_schedule_options(bench: Workbench) -> None:
    """Add the schedules of tasks whose own decorator says them."""
    tasks = {entry.unit: entry for entry in bench.found.entry_points.values() if entry.kind == "task"}
    for decoration in bench.program.decorations:
        definition = decoration.definition
        entry = tasks.get(definition.id)
        if entry is None or decoration.call is None or not isinstance(definition, Function):
            continue
        if not any(isinstance(v, FunctionValue) and v.function.is_project for v in decoration.values):
            continue
        for keyword in decoration.call.keywords:
            schedule = _schedule(bench, decoration.scope, keyword)
            if schedule:
                _add(bench, entry, schedule, f"{definition.module.path}:{decoration.line}")


def _schedule(bench: Workbench, scope: Scope, keyword: ir.Keyword) -> str:
    for value in bench.program.values_of(scope, keyword.value):
        if isinstance(value, InstanceValue) and any(
            level.path in bench.catalog.schedules for level in value.cls.mro if not level.is_project
        ):
            return schedule_text(bench.program, scope, keyword.value)
        fields = crontab(value) if _NAMES.search(keyword.name or "") else ""
        if fields:
            return f"cron {fields}"
    return ""


def _add(bench: Workbench, task: EntryPoint, schedule: str, place: str) -> None:
    bench.found.entry(
        EntryPoint(
            id="",
            kind="schedule",
            framework=task.framework,
            unit=task.unit,
            line=task.line,
            detail=TriggerDetail(schedule=schedule),
            confidence=0.8,
            evidence=f"option of the task's decorator {place}",
        )
    )
