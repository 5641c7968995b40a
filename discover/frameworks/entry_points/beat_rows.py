"""What Celery's beat is told to run: the rows of its tables, and entries that code makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.reading.schedules import every, schedule_text
from discover.frameworks.records import EntryPoint, Problem
from discover.model import TriggerDetail
from discover.resolve.values import ConstantValue, ContainerValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_TASK = "celery.app.task.Task"


def schedule_row(
    bench: Workbench,
    name: str,
    row: Value,
    turn: tuple[int, int] | None = None,
    table: tuple[str, int] | None = None,
) -> None:
    """Schedule what one row of a table says: a dict with the task and its schedule."""
    if not isinstance(row, ContainerValue) or "task" not in row.items:
        return
    tasks = _of_turn(row.items["task"].values, turn)
    when = ""
    slot = row.items.get("schedule")
    for value in _of_turn(slot.values, turn) if slot is not None else ():
        when = _words(bench, value) or when
    schedule_tasks(bench, tasks, when, name, "beat schedule", place_of(row) or table or ("beat schedule", 0))


def place_of(value: ContainerValue) -> tuple[str, int] | None:
    """The unit and line of a dict display: the line of its first key."""
    if value.place is None:
        return None
    scope, display = value.place
    return scope.unit.id, next(iter(display.lines), value.line)


def _of_turn(values: Values, turn: tuple[int, int] | None) -> Values:
    """What one turn of a loop puts there: names, tasks and schedules come in the order of what it goes over."""
    return values[turn[0] : turn[0] + 1] if turn is not None and len(values) == turn[1] else values


def _words(bench: Workbench, value: Value) -> str:
    if isinstance(value, ConstantValue):
        return every(value.value) if isinstance(value.value, int | float) else str(value.value)
    if isinstance(value, InstanceValue):
        return next(
            (schedule_text(bench.program, scope, call) for scope, call in bench.picker.creations.made(value)), ""
        )
    return ""


def schedule_tasks(
    bench: Workbench, tasks: Values, when: str, name: str, evidence: str, place: tuple[str, int]
) -> None:
    """Schedule tasks that are given as objects or by their names."""
    objects = _without_bases(bench, tuple(v for v in tasks if not isinstance(v, ConstantValue)))
    functions = dict.fromkeys(bench.handlers.functions(objects))
    for text in bench.program.texts_of(tasks):
        found = [e.unit for e in bench.found.entry_points.values() if e.kind == "task" and text in e.names]
        known = [bench.program.functions[unit] for unit in dict.fromkeys(found) if unit in bench.program.functions]
        known = known or bench.handlers.functions(bench.program.named(text))
        functions.update(dict.fromkeys(known))
        if not known:
            what = f"scheduled task {text}"
            unit, line = place
            bench.found.problem(Problem(unit=unit, line=line, what=what, reason="no task of this name in the tree"))
    for function in functions:
        schedule(bench, function, when, name, evidence)


def _without_bases(bench: Workbench, tasks: Values) -> Values:
    """The tasks without the objects of classes that functions among them have for their bases: it is one task."""
    instances = [value for value in tasks if isinstance(value, InstanceValue)]
    if not any(value.cls.path == _TASK for value in instances):
        return tasks
    bases = {value for value in instances if value.cls.is_project and bench.program.is_below(value.cls, _TASK)}
    return tuple(value for value in tasks if value not in bases)


def schedule(bench: Workbench, function: Function, when: str, name: str, evidence: str) -> None:
    """Schedule one function."""
    bench.found.entry(
        EntryPoint(
            id="",
            kind="schedule",
            framework="celery",
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(schedule=when or None, name=name or None),
            confidence=0.95,
            evidence=evidence,
        )
    )
