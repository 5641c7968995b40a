"""Joins a message that is made here with the handlers that a table names for its type.

The shape: a dict whose keys are the project's classes and whose values are functions (or lists of them), and elsewhere
an object of such a class handed to something that keeps or sends it (`self.events.append(OrderPaid(…))`). Nothing
calls the handler by name; the type is all that joins the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from discover.facts import records as facts
from discover.link.plans import Plans
from discover.link.records import Handover, Target
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import ClassValue, Values

_KEEPERS = frozenset({
    *("append", "appendleft", "add", "put", "put_nowait", "push", "publish", "emit", "dispatch"),
    *("raise_event", "record", "record_event", "add_event"),
})  # fmt: skip
_CONFIDENCE = 0.7

Handlers = dict[Class, list[str]]


def link_message_types(program: Program, plans: Plans, units: Units) -> None:
    """Add a hand-over at each call that keeps or sends a message with handlers."""
    handlers = _handlers(program, units)
    if not handlers:
        return
    for function in program.all_functions:
        for number, site in function.sites.items():
            called = site.call.function
            if not isinstance(called, facts.Attribute) or called.name not in _KEEPERS:
                continue
            for message in _messages(function, site):
                found = handlers.get(message)
                if found:
                    handover = _handover(message, found, site.call.line)
                    plans.of(units.keys[function]).handovers.setdefault(number, []).append(handover)


def _handover(message: Class, handlers: list[str], line: int) -> Handover:
    name = message.record.name
    evidence = f"a table names the handlers of {name}"
    return Handover(
        kind="publish",
        line=line,
        channel=name,
        name=name,
        targets=tuple(Target(unit, _CONFIDENCE, evidence) for unit in handlers),
        confidence=_CONFIDENCE,
        evidence=evidence,
    )


def _messages(function: Function, site: CallSite) -> Iterator[Class]:
    """The classes of the objects that are made right in the call's arguments."""
    for argument in site.call.arguments:
        made = function.sites.get(argument.number) if isinstance(argument, facts.Call) else None
        if made is not None:
            for value in made.callee:
                if isinstance(value, ClassValue) and value.cls.is_project:
                    yield value.cls


def _handlers(program: Program, units: Units) -> Handlers:
    found: Handlers = {}
    for module in program.modules.values():
        for scope, table in _tables(module.body, module.facts.body):
            _read(program, units, scope, table, found)
    return found


def _tables(scope: Scope, body: list[facts.Stmt]) -> Iterator[tuple[Scope, facts.Mapping]]:
    """Dict displays that a module or class assigns to a name, with two entries or more."""
    for statement in body:
        if isinstance(statement, facts.Assign) and isinstance(statement.value, facts.Mapping):
            if len(statement.value.keys) > 1:
                yield scope, statement.value
        elif isinstance(statement, facts.Class):
            inner = scope.children.get(id(statement))
            if isinstance(inner, Class):
                yield from _tables(inner, statement.body)


def _read(program: Program, units: Units, scope: Scope, table: facts.Mapping, found: Handlers) -> None:
    for key, value in zip(table.keys, table.values, strict=True):
        if not isinstance(key, facts.Name | facts.Attribute):
            continue
        classes = [v.cls for v in program.values_of(scope, key) if isinstance(v, ClassValue) and v.cls.is_project]
        if len(classes) != 1:
            continue
        values = program.values_of(scope, value)
        functions = _functions(program, values, value, scope)
        for function in functions:
            unit = units.keys.get(function)
            if unit is not None and unit not in found.setdefault(classes[0], []):
                found[classes[0]].append(unit)


def _functions(program: Program, values: Values, expression: facts.Expr, scope: Scope) -> list[Function]:
    if isinstance(expression, facts.Sequence):
        return [f for item in expression.items for f in program.functions_of(program.values_of(scope, item))]
    # A table from classes to classes is a registry of types, not of handlers.
    if any(isinstance(value, ClassValue) for value in values):
        return []
    return program.functions_of(values)
