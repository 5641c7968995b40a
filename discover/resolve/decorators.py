"""Definitions with their decorators: what a name stands for after `@…`, and which wrappers run around a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import calls, made_classes, metaclasses, rebinding, received
from discover.resolve.accessors import accessor_kind
from discover.resolve.given import Arguments
from discover.resolve.sites import External
from discover.resolve.stub_calls import overloads
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import (
    NOTHING,
    CallableValue,
    ClassValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Slot,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.engine import Engine

_PLAIN = frozenset(
    {"property", "staticmethod", "classmethod", "cached_property", "abstractmethod", "overload", "override", "final"}
)
_OF_PROPERTY = ("setter", "deleter", "getter")


def define_function(engine: Engine, scope: Scope, function: Function) -> None:
    """Bind a function's name to what its decorators make of it."""
    value = engine.intern.function(function)
    values: Values = (value,)
    for expression in reversed(function.record.decorators):
        if isinstance(expression, ir.Name) and expression.id in _PLAIN:
            continue
        if isinstance(expression, ir.Attribute) and (expression.name in _OF_PROPERTY or accessor_kind(function.record)):
            function.is_property = False
            if expression.name == "setter" and isinstance(scope, Class):
                engine.marks.setters.setdefault(function.record.name, {})[scope] = function
            return
        values = _decorate(engine, scope, function, value, values, expression)
        _hand_over_itself(engine, function, values, expression)
        received.give_decorated(engine, scope, function, expression)
    engine.write(function.decorated, values)
    slot = scope.names.get(function.record.name)
    if slot is None:
        slot = scope.names[function.record.name] = Slot()
    if function.record.name in scope.imports:
        slot = engine.names.imported(scope, function.record.name)
    engine.write(slot, values)
    rebinding.bind(scope, function.record.name, values, slot.values)


def _hand_over_itself(engine: Engine, function: Function, values: Values, expression: ir.Expr) -> None:
    """`@app.task(bind=True)`: the object that a library makes of a function is the function's first argument."""
    if not isinstance(expression, ir.Call) or not function.record.parameters:
        return
    for keyword in expression.keywords:
        if keyword.name == "bind" and isinstance(keyword.value, ir.Constant) and keyword.value.value is True:
            made = tuple(value for value in values if isinstance(value, InstanceValue))
            engine.write(function.names[function.record.parameters[0].name], made)


def define_class(engine: Engine, scope: Scope, cls: Class, run_block: Callable[..., None]) -> None:
    """Bind a class's name, evaluate its body and its decorators."""
    engine.hierarchy.resolve(cls)
    value = engine.intern.class_(cls)
    engine.write(scope.names.setdefault(cls.record.name, Slot()), (value,))
    rebinding.bind(scope, cls.record.name, (value,), (value,))
    for keyword in cls.record.keywords:
        engine.evaluate(scope, keyword.value)
    for base in cls.record.bases:
        if isinstance(base, ir.Call):
            engine.evaluate(scope, base)
    run_block(engine, cls, cls.record.body)
    for expression in reversed(cls.record.decorators):
        decorators = engine.evaluate(scope, expression)
        for decorator in decorators:
            made = calls.apply(engine, scope, decorator, Arguments([(value,)], {}), None, expression)
            if cls.is_project:
                made_classes.put_to(engine, cls, made)
    metaclasses.announce(engine, cls, value)


def _decorate(
    engine: Engine, scope: Scope, function: Function, plain: Value, values: Values, expression: ir.Expr
) -> Values:
    decorators = engine.decorators[id(expression)] = engine.evaluate(scope, expression)
    inner = tuple(engine.intern.function(wrapper) for wrapper in function.wrappers[-1:])
    arguments = Arguments([join(values, inner)], {})
    result: Values = NOTHING
    for decorator in overloads(engine, decorators, arguments):
        given = calls.apply(engine, scope, decorator, arguments, None, expression)
        result = join(result, _kept(engine, function, plain, decorator, given, expression))
    return result or values


def _kept(
    engine: Engine, function: Function, plain: Value, decorator: Value, given: Values, expression: ir.Expr
) -> Values:
    """What the decorated name stands for: a library's task object, or still the function with a wrapper around it."""
    found: Values = NOTHING
    for value in given:
        if isinstance(value, InstanceValue):
            narrowed = _made_here(engine, function, _narrow(engine, value, plain), expression)
            if not value.cls.is_project and value.cls.path.startswith("builtins."):
                continue
            found = join(found, (narrowed,))
            if value.cls.is_project:
                _wrap(engine, function, narrowed)
        elif isinstance(value, FunctionValue):
            if value.function is not function and value.function.is_project and not _is_given(decorator, value):
                _add_wrapper(engine, function, value.function)
        elif isinstance(value, (PartialValue, CallableValue, ContainerValue, ClassValue, ExternalValue)):
            continue
    if isinstance(decorator, ClassValue) and decorator.cls.is_project:
        return (plain,)
    return found or (plain,)


def _is_given(decorator: Value, value: FunctionValue) -> bool:
    """Whether the decorator only gives back what it decorates elsewhere: all that it is given shares one parameter."""
    if not isinstance(decorator, FunctionValue) or not decorator.function.is_project:
        return False
    function = decorator.function
    if value.function.outer is function:
        return False  # made here: it is given too where a function is decorated twice
    return any(value in function.names[parameter.name].values for parameter in function.record.parameters)


def _wrap(engine: Engine, function: Function, value: InstanceValue) -> None:
    method = engine.hierarchy.method(value.cls, "__call__")
    if method is not None and method.is_project:
        _add_wrapper(engine, function, method)
        if value.exact:
            function.wrapping[method] = value.cls


def _made_here(engine: Engine, function: Function, value: InstanceValue, expression: ir.Expr) -> InstanceValue:
    """`@app.task(base=OwnTask)`: what a decorator makes of a class that it is given is of no class below that one."""
    outer = function.outer
    site = outer.unit.sites.get(expression.number) if outer is not None and isinstance(expression, ir.Call) else None
    if site is None or value.exact or not value.cls.is_project:
        return value
    given = [one for values in (*site.arguments, *site.keywords.values()) for one in values]
    is_named = any(isinstance(one, ClassValue) and one.cls is value.cls and not one.open for one in given)
    return engine.intern.instance(value.cls, value.bindings, exact=True) if is_named else value


def _add_wrapper(engine: Engine, function: Function, wrapper: Function) -> None:
    if wrapper not in function.wrappers:
        function.wrappers.append(wrapper)
        engine.ask_again()  # decorators are given the wrapper too


def _narrow(engine: Engine, value: InstanceValue, plain: Value) -> InstanceValue:
    """A project's decorator is evaluated once for all that it decorates: of its type arguments keep this function."""
    if not value.bindings:
        return value
    bindings = tuple(
        (name, (plain,) if any(isinstance(v, FunctionValue) for v in values) else values)
        for name, values in value.bindings
    )
    return engine.intern.instance(value.cls, bindings, exact=value.exact)


def decorator_externals(engine: Engine, scope: Scope, expression: ir.Expr) -> tuple[Values, list[External]]:
    """The external things behind a decorator expression, for the frameworks stage."""
    if isinstance(expression, ir.Call):
        site = scope.unit.sites.get(expression.number)
        if site is None:
            return NOTHING, []
        return site.result, list(site.externals)
    values = engine.decorators.get(id(expression)) or engine.evaluate(scope, expression)
    externals: list[External] = []
    for value in values:
        externals += externals_of(value)
        if isinstance(value, InstanceValue) and not value.cls.is_project:
            called = engine.hierarchy.method(value.cls, "__call__")
            if called is not None and not called.is_project:
                externals.append(External(called.path, value, called))
    return values, externals


def externals_of(value: Value) -> list[External]:
    """The external paths that a value stands for, partials opened."""
    if isinstance(value, ExternalValue):
        return [External(value.path, value.receiver, None)]
    if isinstance(value, FunctionValue) and not value.function.is_project:
        return [External(value.function.path, value.receiver, value.function)]
    if isinstance(value, ClassValue) and not value.cls.is_project:
        return [External(value.cls.path, None, None)]
    if isinstance(value, PartialValue):
        return [external for inner in value.functions for external in externals_of(inner)]
    return []
