"""Joins a message that is made here with the handlers that a table names for its type.

The shape: a dict whose keys are the project's classes and whose values are functions (or lists of them), or receivers
that are registered for such a class; and elsewhere an object of the class handed to something that keeps or sends it
(`self.events.append(OrderPaid(…))`, `request.notify_after_commit(event)`). Nothing calls the handler by name; the type
is all that joins the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from discover.effects.models import is_mapped
from discover.facts import records as facts
from discover.frameworks.records import EntryPoint
from discover.link.plans import Plans
from discover.link.records import Handover, Target
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import ClassValue, InstanceValue, Values

_KEEPERS = frozenset({
    *("append", "appendleft", "add", "put", "put_nowait", "push", "publish", "emit", "dispatch"),
    *("raise_event", "record", "record_event", "add_event"),
})  # fmt: skip
_NOTIFYING = re.compile(r"(notify|publish|emit|dispatch|fire|raise|queue|enqueue|send)(_\w+)?$")
"""What is called so hands over the event that it is given."""
_CONTAINERS = ("builtins.", "collections.", "queue.", "asyncio.", "multiprocessing.")
"""Libraries whose objects keep what they are given for whoever asks; any other does with it what it is for."""
_CONFIDENCE = 0.7

Handlers = dict[Class, list[str]]


def link_message_types(program: Program, plans: Plans, units: Units, entry_points: Iterable[EntryPoint] = ()) -> None:
    """Add a hand-over at each call that keeps or sends a message with handlers."""
    handlers = _handlers(program, units)
    for cls, receivers in _registered(program, entry_points).items():
        handlers.setdefault(cls, []).extend(unit for unit in receivers if unit not in handlers.get(cls, ()))
    if not handlers:
        return
    for function in program.all_functions:
        for number, site in function.sites.items():
            called = site.call.function
            if not isinstance(called, facts.Attribute) or not site.call.arguments:
                continue
            if called.name not in _KEEPERS and not _NOTIFYING.match(called.name):
                continue
            if _is_a_librarys(site):
                continue
            plan = plans.of(units.keys[function])
            for message in _messages(program, function, site):
                found = handlers.get(message)
                if found and not _is_told(plan.handovers.get(number, ()), found):
                    plan.handovers.setdefault(number, []).append(_handover(message, found, site.call.line))


def _is_a_librarys(site: CallSite) -> bool:
    """Whether a library that is no mere container takes the object: a row that is added to a database's session."""
    known = [external.path for external in site.externals if external.function is not None]
    return bool(known) and not site.targets and not any(path.startswith(_CONTAINERS) for path in known)


def _is_told(handovers: Iterable[Handover], units: list[str]) -> bool:
    """Whether the call hands over to one of the units as it is."""
    return any(target.unit in units for handover in handovers for target in handover.targets)


def _registered(program: Program, entry_points: Iterable[EntryPoint]) -> Handlers:
    """Receivers that are registered for a class of the project."""
    named = {cls.id: cls for cls in program.all_classes if cls.is_project}
    found: Handlers = {}
    for entry in entry_points:
        cls = named.get(entry.detail.signal or "") if entry.kind == "signal" else None
        if cls is not None:
            found.setdefault(cls, []).append(entry.unit)
    return found


def _handover(message: Class, handlers: list[str], line: int) -> Handover:
    name = message.record.name
    evidence = f"handlers are registered for {name}"
    return Handover(
        kind="publish",
        line=line,
        channel=name,
        name=name,
        targets=tuple(Target(unit, _CONFIDENCE, evidence) for unit in handlers),
        confidence=_CONFIDENCE,
        evidence=evidence,
    )


def _messages(program: Program, function: Function, site: CallSite) -> Iterator[Class]:
    """The classes of the objects that are made right in the call's arguments, or just before."""
    for argument, values in zip(site.call.arguments, site.arguments, strict=False):
        if isinstance(argument, facts.Name) and _is_made_here(program, function, argument.id):
            yield from (v.cls for v in values if isinstance(v, InstanceValue) and v.exact and v.cls.is_project)
        made = function.sites.get(argument.number) if isinstance(argument, facts.Call) else None
        if made is not None:
            for value in made.callee:
                if isinstance(value, ClassValue) and value.cls.is_project:
                    yield value.cls


def _is_made_here(program: Program, function: Function, name: str) -> bool:
    """Whether a name stands for what was handed in, or what the function makes of a class; no row that it asks for."""
    given = program.bodies.assignments(function).get(name, ())
    sites = [function.sites.get(value.number) for value in given if isinstance(value, facts.Call)]
    return not given or any(isinstance(v, ClassValue) for site in sites if site is not None for v in site.callee)


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
        # Rows are loaded, shown and copied by such tables; they are no messages.
        if len(classes) != 1 or is_mapped(classes[0]):
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
