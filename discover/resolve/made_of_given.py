"""Objects that a function makes of a class which it is given: `def make(model, **data): return model(**data)`.

The function is evaluated once for all callers: its parameters hold the classes and the keywords of all of them. So each
call's own keywords go to the classes that this call gives, as if it made the object, and what it gets back is of these.
Of a class method it is the class on which it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.facts import records as ir
from discover.facts.walking import within
from discover.resolve.factories import passed
from discover.resolve.given import Arguments
from discover.resolve.values import ClassValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function, Scope

_LIMIT = 8
"""So many of the classes that one call gives are made with its keywords."""


class Making(NamedTuple):
    """A call of a parameter in a function's body."""

    name: str
    """The parameter that holds the class."""
    call: ir.Call
    is_receiver: bool
    """It is the class of a class method."""
    hands_on: bool
    """The call hands on all further keywords that the function is given, and those are used for nothing else."""


def hand_on(engine: Engine, function: Function, receiver: Value | None, arguments: Arguments) -> None:
    """Let the further keywords of one call flow into the classes that this call gives."""
    names = {parameter.name for parameter in function.record.parameters}
    for making in _makings(function):
        if not making.hands_on:
            continue
        handed = Arguments([], {name: values for name, values in arguments.keywords.items() if name not in names})
        handed.double = arguments.double
        for value in _classes(engine, function, receiver, arguments, making)[:_LIMIT]:
            engine.apply(function, value, handed, None, making.call)


def only_own(scope: Scope, call: ir.Call, arguments: Arguments) -> Arguments:
    """What a call of a parameter gives a class itself: what it hands on comes from each caller."""
    making = next((one for one in _makings(scope.unit) if one.call is call and one.hands_on), None)
    return arguments if making is None else Arguments(arguments.positional, arguments.keywords)


def of_given_class(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values
) -> Values:
    """The result of one call, without objects of the classes that only other calls give."""
    if len(result) < 2 or not function.record.parameters:
        return result
    for making in _makings(function):
        if making.is_receiver:
            continue
        given = passed(engine, function, receiver, arguments, making.name)
        here = {value.cls for value in given if isinstance(value, ClassValue)}
        if not here or len(here) < len(given):
            continue
        known = engine.read(function.names[making.name])
        others = {value.cls for value in known if isinstance(value, ClassValue)} - here
        result = tuple(one for one in result if not isinstance(one, InstanceValue) or _may_be(one, here, others))
    return result


def _may_be(value: InstanceValue, here: set[Class], others: set[Class]) -> bool:
    return value.cls not in others or not here.isdisjoint(value.cls.mro)


def _classes(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, making: Making
) -> list[ClassValue]:
    if making.is_receiver:
        given: Sequence[Value] = (receiver,) if isinstance(receiver, ClassValue) else ()
        if isinstance(receiver, InstanceValue):
            given = (engine.intern.class_(receiver.cls),)
    else:
        given = passed(engine, function, receiver, arguments, making.name)
    return [value for value in given if isinstance(value, ClassValue) and value.cls.is_project]


def _makings(function: Function) -> tuple[Making, ...]:
    if function.makings is None:
        function.makings = tuple(_read(function))
    return function.makings


def _read(function: Function) -> list[Making]:
    """The calls of the function's own parameters, other names and what functions within it call left out."""
    parameters = function.record.parameters
    named = {one.name for one in parameters if one.kind in ("normal", "positional", "keyword")} - function.rebound
    if not named or not function.is_project:
        return []
    rest = next((one.name for one in parameters if one.kind == "kwargs"), "")
    own = parameters[0].name if function.is_classmethod and not function.record.name.startswith("__") else ""
    nodes = list(within(function.record.body, (ir.Function, ir.Class, ir.Lambda)))
    is_only_handed_on = bool(rest) and _uses(nodes, rest) == sum(_is_rest(one, rest) for one in nodes)
    found: list[Making] = []
    for node in nodes:
        if isinstance(node, ir.Call) and isinstance(node.function, ir.Name) and node.function.id in named:
            doubles = [keyword for keyword in node.keywords if keyword.name is None]
            hands_on = is_only_handed_on and len(doubles) == 1 and _is_rest(doubles[0], rest)
            found.append(Making(node.function.id, node, node.function.id == own, hands_on))
    return found


def _uses(nodes: list[msgspec.Struct], name: str) -> int:
    return sum(isinstance(node, ir.Name) and node.id == name for node in nodes)


def _is_rest(node: msgspec.Struct, name: str) -> bool:
    """Whether it is `**name` in a call."""
    return isinstance(node, ir.Keyword) and node.name is None and node.value == ir.Name(name)
