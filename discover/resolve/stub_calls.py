"""Calls of what stubs describe: overloads are chosen, type variables bound from each call's own arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, intrinsics, services
from discover.resolve.container_methods import OF_DISPLAYS
from discover.resolve.forwarding import forward, forward_types
from discover.resolve.given import Arguments
from discover.resolve.received import give_connected
from discover.resolve.sites import CallSite, External
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import (
    NEW_SITE,
    NOTHING,
    SITE,
    CallableValue,
    ClassValue,
    ConstantValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.resolve.engine import Engine

_RECEIVERS = 4
"""On so many objects a call through the class is followed."""


def stub_call(
    engine: Engine, scope: Scope, value: FunctionValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    """Call a function that a stub describes: its annotation, with type variables bound from this call."""
    function = value.function
    if site is not None:
        for receiver in _receivers(value, arguments):
            site.externals.append(External(function.path, receiver, function))
        forward(engine, function, value.receiver, arguments, site)
    special = intrinsics.TABLE.get(function.path)
    if special is not None and not (isinstance(value.receiver, InstanceValue) and function.path in OF_DISPLAYS):
        return special(engine, scope, arguments, record, value.receiver)
    rule = engine.services.rule(function)
    if rule is not None:
        given = services.call(engine, scope, value, arguments, site, record, rule)
        if given or function.record.returns is None:
            return given
    environment = receiver_environment(engine, value.receiver)
    if isinstance(record, ir.Call) and isinstance(function.record.returns, ir.Subscript):
        made = (engine.intern.constant(f"{scope.module.path}#{record.number}"),)
        environment.setdefault(SITE, made)
        environment[NEW_SITE] = made
    stub_scope = function.outer or function.module.body
    if function.owner is not None:
        stub_scope = function.owner
    bind_arguments(engine, stub_scope, function, value.receiver, arguments, environment)
    forward_types(engine, stub_scope, function, value.receiver, arguments, environment)
    if function.record.name == "connect":
        give_connected(engine, value.receiver, arguments)
    returns = function.record.returns
    if returns is None:
        return (engine.intern.external(function.path + "()"),)
    given = engine.annotations.values(stub_scope, returns, environment)
    if not given and not isinstance(returns, ir.Constant):
        engine.ask_again()  # what a type variable stands for may yet be told
    return given


def _receivers(value: FunctionValue, arguments: Arguments) -> Sequence[Value | None]:
    """On what a library's function is called: `Base.update(self, request)` is called on `self`."""
    function = value.function
    if value.receiver is None and function.takes_itself and arguments.positional:
        objects = [one for one in arguments.positional[0] if isinstance(one, InstanceValue)]
        return objects[:_RECEIVERS] or [None]
    return [value.receiver]


def receiver_environment(engine: Engine, receiver: Value | None) -> dict[str, Values]:
    """The type variables that a receiver binds, `Self` among them."""
    if isinstance(receiver, InstanceValue):
        environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
        environment["Self"] = (receiver,)
        return environment
    if isinstance(receiver, ClassValue):
        environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
        environment["Self"] = (engine.intern.instance(receiver.cls, receiver.bindings),)
        return environment
    return {}


def bind_arguments(
    engine: Engine,
    scope: Scope,
    function: Function,
    receiver: Value | None,
    arguments: Arguments,
    environment: dict[str, Values],
) -> None:
    """Bind a stub function's type variables from the arguments of one call."""
    parameters = function.record.parameters
    bound = receiver is not None and function.takes_itself
    for number, parameter in enumerate(parameters[1:] if bound else parameters):
        if parameter.annotation is None:
            continue
        if parameter.kind == "varargs":
            values: Values = NOTHING
            for given in arguments.positional[number:]:
                values = join(values, given)
            values = join(values, containers.elements(engine, arguments.star))
        elif parameter.kind in ("positional", "normal") and number < len(arguments.positional):
            values = arguments.positional[number]
        else:
            values = arguments.keywords.get(parameter.name, NOTHING)
        engine.annotations.bind(scope, parameter.annotation, values, environment)


def overloads(engine: Engine, callee: Values, arguments: Arguments) -> Values:
    """Of overloads with one path, keep the first whose parameters take the arguments.

    What `*` and `**` may give is counted only where no overload takes what is given plainly.
    """
    if len(callee) < 2:
        return callee
    if arguments.star or arguments.double:
        plain = Arguments(arguments.positional, arguments.keywords)
        taking = [v for v in callee if isinstance(v, FunctionValue) and not v.function.is_project]
        if any(takes(engine, value, plain) for value in taking):
            arguments = plain
    chosen: dict[tuple[str, Value | None], Value] = {}
    rest: list[Value] = []
    for value in callee:
        if isinstance(value, FunctionValue) and not value.function.is_project:
            path = (value.function.path, value.receiver)
            if path not in chosen and takes(engine, value, arguments):
                chosen[path] = value
            elif path not in chosen:
                rest.append(value)
        else:
            rest.append(value)
    kept = [v for v in rest if not (isinstance(v, FunctionValue) and (v.function.path, v.receiver) in chosen)]
    return (*chosen.values(), *kept)


def takes(engine: Engine, value: FunctionValue, arguments: Arguments) -> bool:
    """Whether the parameters of a stub's function take the arguments."""
    parameters = value.function.record.parameters
    if value.receiver is not None and not value.function.is_static:
        parameters = parameters[1:]
    positional = [p for p in parameters if p.kind in ("positional", "normal")]
    named = {p.name for p in parameters}
    kinds = {p.kind for p in parameters}
    given = arguments.positional
    if len(given) > len(positional) and "varargs" not in kinds:
        return False
    if "kwargs" not in kinds and any(name not in named for name in arguments.keywords):
        return False
    for number, parameter in enumerate(positional):
        values = given[number] if number < len(given) else arguments.keywords.get(parameter.name)
        if values is None:
            if parameter.default is None and not arguments.star and not arguments.double:
                return False
        elif not _fits(engine, parameter.annotation, values):
            return False
    return all(
        p.default is not None or p.name in arguments.keywords or arguments.double
        for p in parameters
        if p.kind == "keyword"
    )


def _fits(engine: Engine, annotation: ir.Expr | None, values: Values) -> bool:
    """A function is asked for by a type variable named F or a Callable, a class by `type[T]`.

    A Callable that gives an Iterator asks for a generator function.
    """
    if annotation is None or not values:
        return True
    functions = any(isinstance(v, (FunctionValue, PartialValue, CallableValue)) for v in values)
    if isinstance(annotation, ir.Name):
        if annotation.id == "F":
            return functions or any(isinstance(v, (InstanceValue, ClassValue)) and not _is_builtin(v) for v in values)
        if annotation.id in ("str", "int", "float", "bool"):
            return not functions and not any(isinstance(v, ClassValue) for v in values)
    if isinstance(annotation, ir.Subscript) and isinstance(annotation.value, ir.Name):
        if annotation.value.id in ("type", "Type"):
            return any(isinstance(v, ClassValue) for v in values) or not any(
                isinstance(v, InstanceValue) for v in values
            )
        if annotation.value.id == "Literal":
            return _is_one_of(annotation.index, values)
        if annotation.value.id == "Callable":
            return functions and (not _gives_iterator(annotation.index) or any(_is_generator(v) for v in values))
        if engine.builtin_class(annotation.value.id) is None and any(isinstance(v, ClassValue) for v in values):
            return False
    return True


def _is_one_of(index: ir.Expr, values: Values) -> bool:
    """Whether one of the values is one of a Literal's."""
    items = index.items if isinstance(index, ir.Sequence) else [index]
    said = {item.value for item in items if isinstance(item, ir.Constant)}
    return any(isinstance(value, ConstantValue) and value.value in said for value in values)


def _gives_iterator(index: ir.Expr) -> bool:
    last = index.items[-1] if isinstance(index, ir.Sequence) and index.items else None
    return isinstance(last, ir.Subscript) and isinstance(last.value, ir.Name) and last.value.id == "Iterator"


def _is_generator(value: Value) -> bool:
    return isinstance(value, FunctionValue) and value.function.record.is_generator


def _is_builtin(value: InstanceValue | ClassValue) -> bool:
    return value.cls.path.startswith("builtins.")
