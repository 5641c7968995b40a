"""Schedules that a project's own scheduler keeps, and entries that code makes: `RedBeatSchedulerEntry(…).save()`.

What such a scheduler gathers rows from is its own affair; the rows are dicts in the form of Celery's own tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.walking import within
from discover.frameworks.entry_points.beat_rows import schedule_row, schedule_tasks
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_SCHEDULER = "celery.beat.Scheduler"
_ENTRIES = {"celery.beat.ScheduleEntry": 4, "redbeat.RedBeatSchedulerEntry": 2}
"""What makes an entry, with the place of its schedule."""
_TASK = Pick(argument=1, keyword="task")
_DEFINITIONS = (ir.Function, ir.Class, ir.Lambda)


def register(bench: Workbench) -> None:
    """Find what entries schedule, and the rows in a project that has a scheduler of its own."""
    for path, place in _ENTRIES.items():
        for match in bench.index.calls(path):
            _entry(bench, match.site, Pick(argument=place, keyword="schedule", form="schedule"))
    if bench.program.subclasses_of(_SCHEDULER):
        for function in bench.program.all_functions:
            for display, name in _rows(function):
                _row(bench, function, display, name)


def _entry(bench: Workbench, site: CallSite, when: Pick) -> None:
    for given in bench.seen(site, [_TASK, when]):
        tasks = bench.picker.values(_TASK, given)
        if len(tasks) > 1 and given.frame is None:
            continue  # one entry for each row of a table: the rows say which task goes with which schedule
        schedule = next(iter(bench.picker.texts(when, given)), "")
        name = next(iter(bench.picker.texts(Pick(argument=0, keyword="name"), given)), "")
        place = (site.function.id, site.line)
        schedule_tasks(bench, tasks, schedule, name, f"{site.function.module.path}:{site.line}", place)


def _rows(function: Function) -> Iterator[tuple[ir.Mapping, str]]:
    """The dict displays in a body that have a task and a schedule, each with the key that it stands under."""
    names: dict[int, str] = {}
    for statement in function.statements:
        if isinstance(statement, ir.Assign | ir.Evaluate | ir.Return) and statement.value is not None:
            for record in within(statement.value, _DEFINITIONS):
                if isinstance(record, ir.Mapping):
                    said = _keys(record)
                    names.update((id(value), str(key)) for key, value in said.items())
                    if {"task", "schedule"} <= set(said):
                        yield record, names.get(id(record), "")


def _keys(display: ir.Mapping) -> dict[object, ir.Expr]:
    pairs = zip(display.keys, display.values, strict=True)
    return {key.value: value for key, value in pairs if isinstance(key, ir.Constant)}


def _row(bench: Workbench, function: Function, display: ir.Mapping, name: str) -> None:
    said = _keys(display)
    tasks = bench.program.values_of(function, said["task"])
    task = str(tasks[0].value) if len(tasks) == 1 and isinstance(tasks[0], ConstantValue) else ""
    if not any(task in entry.names for entry in bench.found.entry_points.values() if entry.kind == "task"):
        return
    names = bench.program.texts_of(bench.program.values_of(function, said["name"])) if "name" in said else []
    for value in bench.program.values_of(function, display):
        schedule_row(bench, names[0] if len(names) == 1 else name, value)
