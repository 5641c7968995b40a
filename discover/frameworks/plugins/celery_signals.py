"""Celery's life-cycle signals whose receivers look at the task's name: which tasks they follow.

Every task sends these signals, so a receiver that takes all of them follows none in particular; one that compares the
name with a task's, or was connected for one task, does. Both stand in the receiver, not at a call that sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.records import HookEdge
from discover.frameworks.rules.given import Given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values

Moment = Literal["before", "after", "success", "failure", "retry"]
_MOMENTS: dict[str, Moment] = {
    "celery.task_prerun": "before",
    "celery.task_postrun": "after",
    "celery.task_success": "success",
    "celery.task_failure": "failure",
    "celery.task_retry": "retry",
}
_CONNECT = "celery.signals.Signal.connect"
_REFUSING = ("!=", " not in ")
_EDGES = {"startswith": "{}*", "endswith": "*{}"}
"""Tests of a name's beginning or end."""


def connect(bench: Workbench) -> None:
    """Hook each receiver to the tasks that it looks for."""
    tasks = {
        name: e.unit
        for e in bench.found.entry_points.values()
        if e.kind == "task" and e.framework == "celery"
        for name in e.names
    }
    wanted = _connected(bench)
    for entry in list(bench.found.entry_points.values()):
        moment = _MOMENTS.get(entry.names[0]) if entry.kind == "signal" and entry.names else None
        function = bench.program.functions.get(entry.unit)
        if moment is None or function is None:
            continue
        units = wanted.get(entry.unit) or [
            tasks[name] for text in _names(bench, function, function.record.body) for name in _meant(text, tasks)
        ]
        for order, unit in enumerate(dict.fromkeys(units), 1):
            bench.found.hook(
                HookEdge(
                    unit=unit,
                    number=None,
                    line=entry.line,
                    target=entry.unit,
                    order=order,
                    library="celery",
                    moment=moment,
                    confidence=0.9,
                    evidence=f"{entry.names[0]} of this task",
                )
            )


def _meant(text: str, tasks: dict[str, str]) -> list[str]:
    """The names of tasks that a text is, or that begin or end as it says."""
    if "*" not in text:
        return [text] if text in tasks else []
    before, _, after = text.partition("*")
    return [name for name in tasks if before + after and name.startswith(before) and name.endswith(after)]


def _connected(bench: Workbench) -> dict[str, list[str]]:
    """Receivers that were connected for one sender, with the functions of that task."""
    found: dict[str, list[str]] = {}
    for decoration, _ in bench.index.decorations(_CONNECT):
        definition = decoration.definition
        scope = definition.outer or definition.module.body
        values = bench.picker.values(Pick(keyword="sender"), Given(decoration.call, scope))
        found.setdefault(definition.id, []).extend(f.id for f in bench.handlers.functions(values))
    return found


def _names(bench: Workbench, function: Function, body: list[ir.Stmt]) -> Iterator[str]:
    """The texts that the receiver compares something with, on the way to what it does."""
    for statement in body:
        if isinstance(statement, ir.Match):
            yield from _cases(bench, function, statement)
        if not isinstance(statement, ir.If):
            continue
        leaves = bool(statement.body) and isinstance(statement.body[-1], ir.Return | ir.Raise)
        refuses = any(sign in statement.text for sign in _REFUSING) or statement.text.startswith("not ")
        if refuses == leaves:
            for part in _parts(statement.test):
                yield from _compared(bench, function, part)
        yield from _names(bench, function, statement.body)
        yield from _names(bench, function, statement.otherwise)


def _cases(bench: Workbench, function: Function, statement: ir.Match) -> Iterator[str]:
    """The texts of the cases in which something is done."""
    for case in statement.cases:
        if not isinstance(case.body[0] if case.body else None, ir.Return | ir.Raise | None):
            for value in case.values:
                yield from bench.program.texts_of(_flat(bench, function, value))


def _compared(bench: Workbench, function: Function, part: ir.Expr) -> Iterator[str]:
    """What one part of a test is compared with; a beginning or an end stands before or behind a `*`."""
    if not isinstance(part, ir.Call):
        yield from bench.program.texts_of(_flat(bench, function, part))
    elif isinstance(part.function, ir.Attribute) and part.function.name in _EDGES and part.arguments:
        for text in bench.program.texts_of(_flat(bench, function, part.arguments[0])):
            yield _EDGES[part.function.name].format(text) if text and "{}" not in text else ""


def _flat(bench: Workbench, function: Function, expression: ir.Expr) -> Values:
    values = bench.program.values_of(function, expression)
    return (*values, *bench.program.elements_of(values))


def _parts(test: ir.Expr) -> Iterator[ir.Expr]:
    if isinstance(test, ir.Choice):
        for value in test.values:
            yield from _parts(value)
    elif isinstance(test, ir.Opaque):
        for part in test.parts:
            yield from _parts(part) if isinstance(part, ir.Opaque) else (part,)
    elif isinstance(test, ir.Call):
        yield test
