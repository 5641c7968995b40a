"""Library objects that a project's function makes for a name it is given: each caller has the one of its own name.

`def client(name): return boto3.client(name)` is evaluated once for all callers; its result says of the client every
name that any of them passes, or none while no caller is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function

_DEPTH = 3
"""Through so many functions of the project a name is handed on."""

Made = dict[tuple["Class", str], str]
"""A library's class and one of its type variables -> the parameter that the variable stands for."""


def made_for(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values
) -> Values:
    """The result of one call, with what the call itself passes where an object is made for a parameter."""
    if not result or not _may_name(function, arguments) or not any(map(_is_library_object, result)):
        return result
    made = _made(engine, function, _DEPTH)
    if not made:
        return result
    found: dict[Value, None] = {}
    for value in result:
        if not isinstance(value, InstanceValue):
            found[value] = None
            continue
        bindings = dict(value.bindings)
        for (cls, variable), name in made.items():
            given = passed(engine, function, receiver, arguments, name) if cls is value.cls else NOTHING
            if given and all(map(_is_name, given)) and all(map(_is_text, bindings.get(variable, ()))):
                bindings[variable] = given
        order = engine.hierarchy.type_parameters(value.cls)
        known = tuple(sorted(bindings.items(), key=lambda bound: order.index(bound[0]) if bound[0] in order else -1))
        changed = bindings != dict(value.bindings)
        found[engine.intern.instance(value.cls, known, exact=value.exact) if changed else value] = None
    return tuple(found)


def _is_name(value: Value) -> bool:
    return type(value) is ConstantValue


def _is_text(value: Value) -> bool:
    """Whether the value is a name, or as little as an annotation says of one (`name: str`)."""
    return _is_name(value) or (isinstance(value, InstanceValue) and value.cls.path.startswith("builtins."))


def _may_name(function: Function, arguments: Arguments) -> bool:
    """Whether a call, or a default, gives a constant at all."""
    given = (*arguments.positional, *arguments.keywords.values())
    return any(ConstantValue in map(type, values) for values in given) or any(
        isinstance(parameter.default, ir.Constant) and isinstance(parameter.default.value, str)
        for parameter in function.record.parameters
    )


def _is_library_object(value: Value) -> bool:
    return type(value) is InstanceValue and not value.cls.is_project and not value.cls.path.startswith("builtins.")


def _made(engine: Engine, function: Function, depth: int) -> Made:
    """What the function makes for its parameters, where it hands them on as they are."""
    own = {parameter.name for parameter in function.record.parameters} - function.rebound
    found: Made = {}
    for site in function.sites.values():
        call = site.call
        given_names = (*call.arguments, *(keyword.value for keyword in call.keywords))
        if not any(isinstance(one, ir.Name) and one.id in own for one in given_names):
            continue
        if not any(_is_library_object(value) for value in site.result):
            continue
        for place, given in _variables(engine, site, depth):
            if isinstance(given, ir.Name) and given.id in own:
                found[place] = given.id
    return found


def _variables(engine: Engine, site: CallSite, depth: int) -> Iterator[tuple[tuple[Class, str], ir.Expr | None]]:
    """The type variables of the objects that a call makes, each with the argument that it stands for."""
    for external in site.externals:
        stub = external.function
        names = _named_in(stub.record.returns) if stub is not None else []
        if stub is None or not names:
            continue
        for value in site.result:
            if not isinstance(value, InstanceValue):
                continue
            for variable, name in zip(engine.hierarchy.type_parameters(value.cls), names, strict=False):
                for parameter in stub.record.parameters:
                    if isinstance(parameter.annotation, ir.Name) and parameter.annotation.id == name:
                        yield (value.cls, variable), argument_of(stub, parameter.name, site.call)
    for target in site.targets if depth and len(site.targets) == 1 else ():
        for place, name in _made(engine, target.function, depth - 1).items():
            yield place, argument_of(target.function, name, site.call)


def _named_in(annotation: ir.Expr | None) -> list[str]:
    """`["S", "C"]` of `Client[S, C]`; what is no plain name is empty."""
    if not isinstance(annotation, ir.Subscript):
        return []
    index = annotation.index
    parts = index.items if isinstance(index, ir.Sequence) else [index]
    return [part.id if isinstance(part, ir.Name) else "" for part in parts]


def argument_of(function: Function, name: str, call: ir.Call) -> ir.Expr | None:
    """The expression that a call gives for a parameter."""
    given = next((keyword.value for keyword in call.keywords if keyword.name == name), None)
    position = _position(function, name, is_bound=function.takes_itself)
    if given is None and 0 <= position < len(call.arguments):
        before = call.arguments[: position + 1]
        return None if any(isinstance(one, ir.Starred) for one in before) else call.arguments[position]
    return given


def passed(engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, name: str) -> Values:
    """What one call gives for a parameter, or its default."""
    if name in arguments.keywords:
        return arguments.keywords[name]
    if arguments.star or arguments.double:
        return NOTHING
    is_bound = receiver is not None and function.takes_itself
    position = _position(function, name, is_bound=is_bound)
    if 0 <= position < len(arguments.positional):
        return arguments.positional[position]
    default = next(parameter.default for parameter in function.record.parameters if parameter.name == name)
    return NOTHING if default is None else engine.evaluate(function.outer or function.module.body, default)


def _position(function: Function, name: str, *, is_bound: bool) -> int:
    """The place of a parameter among a call's positional arguments; -1 where it is given by keyword only."""
    for place, parameter in enumerate(function.record.parameters):
        if parameter.name == name:
            return place - int(is_bound) if parameter.kind in ("normal", "positional") else -1
    return -1
