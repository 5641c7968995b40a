"""Schedules of libraries that no catalog describes: a decorator whose name and option both say that it repeats.

`@register_recurring_task(run_every=timedelta(hours=1))` can hardly mean anything else. Either alone says too little:
a retry is given a span of time as well, and what is called periodic may be a figure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.frameworks.reading.schedules import crontab, schedule_text
from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Scope

_REPEATS = re.compile(r"cron|periodic|recurring|repeat|schedul|every", re.IGNORECASE)
_SPAN = "datetime.timedelta"
_CONFIDENCE = 0.7


def find_unknown_schedules(bench: Workbench) -> None:
    """Add what decorators of unknown libraries plan."""
    known = {path.partition(".")[0] for path in bench.catalog.types}
    for decoration in bench.program.decorations:
        definition = decoration.definition
        path = next((external.path for external in decoration.externals), "")
        if not path or path.partition(".")[0] in known or not isinstance(definition, Function):
            continue
        schedule = _schedule(bench, decoration) if _REPEATS.search(path.rpartition(".")[2]) else ""
        if schedule:
            bench.found.entry(
                EntryPoint(
                    id="",
                    kind="schedule",
                    framework=path.partition(".")[0],
                    unit=definition.id,
                    line=definition.record.line,
                    detail=TriggerDetail(schedule=schedule),
                    confidence=_CONFIDENCE,
                    evidence=f"its decorator says when, which no catalog describes: {path}",
                )
            )


def _schedule(bench: Workbench, decoration: Decoration) -> str:
    call = decoration.call
    if call is None:
        return ""
    given = [*(keyword.value for keyword in call.keywords if keyword.name != "timeout"), *call.arguments]
    found = (one for one in given if _says_when(bench, decoration.scope, one))
    return next((schedule_text(bench.program, decoration.scope, one) for one in found), "")


def _says_when(bench: Workbench, scope: Scope, expression: ir.Expr) -> bool:
    for value in bench.program.values_of(scope, expression):
        if isinstance(value, InstanceValue):
            return any(level.path == _SPAN or level.path in bench.catalog.schedules for level in value.cls.mro)
        if crontab(value):
            return True
    return False
