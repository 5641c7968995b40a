"""Functions that carry a mark: an attribute that the project's code gives them, by which a later scan finds them.

`function._event = "paid"` in a decorator, and elsewhere `for _, member in inspect.getmembers(module)` with
`hasattr(member, "_event")`: what the scan goes over is not known, but what it keeps is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import (
    NOTHING,
    CallableValue,
    ClassValue,
    FunctionValue,
    PartialValue,
    Slot,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments

_ASKING = frozenset({"hasattr", "getattr"})
_CALLED = (FunctionValue, PartialValue, CallableValue, ClassValue)


class Marks:
    """The attributes that code gives to functions of the project, and who asks for them."""

    def __init__(self) -> None:
        self.attached: dict[str, dict[Function, Slot]] = {}
        """Name -> the functions that have such an attribute, with what it can be."""
        self.asking: dict[str, dict[Function, None]] = {}
        """Name -> the functions that ask whether something has it, to be evaluated again when all marks are known."""
        self.setters: dict[str, dict[Class, Function]] = {}
        """Name -> the setters of properties of this name, by the class in whose body each stands."""
        self.naming: dict[Function, dict[str, None]] = {}
        """The functions that put together the dotted name of what they are given, with that parameter."""

    def attach(self, function: Function, name: str) -> Slot:
        """The place of an attribute of a function."""
        return self.attached.setdefault(name, {}).setdefault(function, Slot())

    def waiting(self) -> list[Function]:
        """The functions that asked for a mark which there is."""
        return list(dict.fromkeys(one for name in self.asking if name in self.attached for one in self.asking[name]))

    def said(self, function: Function, name: str) -> Values:
        """What the mark on a function says; nothing where it is something to call."""
        slot = self.attached.get(name, {}).get(function)
        values = slot.values if slot is not None else NOTHING
        return NOTHING if any(isinstance(value, _CALLED) for value in values) else values


def asked_for(test: ir.Call) -> tuple[str, str] | None:
    """The name and the mark in `hasattr(member, "_event")` and `getattr(member, "_event", None)`."""
    called, given = test.function, test.arguments
    if not isinstance(called, ir.Name) or called.id not in _ASKING or len(given) not in (2, 3):
        return None
    subject, mark = given[0], given[1]
    if isinstance(subject, ir.Name) and isinstance(mark, ir.Constant) and isinstance(mark.value, str):
        return subject.id, mark.value
    return None


def having(engine: Engine, scope: Scope, mark: str, known: Values) -> Values:
    """Of what is known those functions that have the mark; where nothing is known, all functions that have it."""
    found = _with(engine, scope, mark)
    if not known:
        return found
    marked = {value.function for value in found if isinstance(value, FunctionValue)}
    return tuple(value for value in known if isinstance(value, FunctionValue) and value.function in marked)


def _with(engine: Engine, scope: Scope, mark: str) -> Values:
    if not engine.is_settled:
        engine.marks.asking.setdefault(mark, {})[scope.unit] = None
        return NOTHING
    found: Values = NOTHING
    for holder in engine.marks.attached.get(mark, ()):
        wrapped = [one for one in engine.functions if holder in one.wrappers] if holder.outer is not None else []
        for function in wrapped or [holder]:
            found = join(found, (_as_found(engine, function),))
    return found


def _as_found(engine: Engine, function: Function) -> Value:
    """A method is found on an object of its class."""
    is_bound = function.takes_itself
    owner = function.owner if is_bound else None
    return engine.intern.function(function, engine.intern.instance(owner) if owner is not None else None)


def _members(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`inspect.getmembers(module, is_handler)`: what has the marks that the predicate asks for."""
    predicate = arguments.at(1, "predicate")
    found: Values = NOTHING
    for value in predicate:
        if isinstance(value, FunctionValue) and value.function.is_project:
            engine.demand(value.function)
            for mark in _marks_of(value.function):
                found = join(found, _with(engine, scope, mark))
    pair = engine.intern.container(record, "tuple")
    pairs = engine.intern.container(record, "list")
    engine.write(pair.items.setdefault(1, Slot()), found)
    engine.write(pairs.element, (pair,))
    return (pairs,)


def _marks_of(predicate: Function) -> list[str]:
    """The marks that a function asks its own parameters for."""
    own = {parameter.name for parameter in predicate.record.parameters}
    asked = [asked_for(site.call) for site in predicate.sites.values()]
    return [one[1] for one in asked if one is not None and one[0] in own]


TABLE: dict[str, Intrinsic] = {"inspect.getmembers": _members}
