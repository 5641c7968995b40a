"""Expressions to values; calls, attributes and containers have modules of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import (
    attributes,
    calls,
    containers,
    dotted_paths,
    implicit,
    kept_items,
    narrowing,
    rebinding,
    rows,
)
from discover.resolve.generic_bases import argument_of_base
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import EXTERNAL_LIMIT, NOTHING, ConstantValue, InstanceValue, Slot, Values, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.engine import Engine

_COMBINATIONS = 8
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*\d*(?:\.\d+)?[sdrfixXc]")


def _name(engine: Engine, scope: Scope, expression: ir.Name) -> Values:
    now = scope.now
    if now:
        known = now.get(expression.id)
        if known is not None:
            return known
    slot = engine.names.lookup(scope, expression.id)
    if slot is None:
        return _of_the_module(engine, scope, expression.id)
    values = slot.values
    reader = engine.reader
    if reader is not None:
        slot.readers[reader] = None
    if not values:
        _ensure(engine, scope, expression.id)
        values = slot.values
    return values


def _ensure(engine: Engine, scope: Scope, name: str) -> None:
    """Evaluate the body that binds a name which has no values yet."""
    current: Scope | None = scope
    while current is not None:
        slot = current.names.get(name)
        if slot is not None:
            origin = engine.names.origins.get(slot)
            if origin is not None:
                engine.ensure_module(origin)
            elif isinstance(current, Function):
                engine.demand(current)
            return
        current = current.outer


def _of_the_module(engine: Engine, scope: Scope, name: str) -> Values:
    """Names that every module has."""
    module = scope.module
    if name == "__name__":
        return (engine.intern.constant(module.name),)
    if name == "__package__":
        return (engine.intern.constant(module.package(1)),)
    return NOTHING


def _attribute(engine: Engine, scope: Scope, expression: ir.Attribute) -> Values:
    base = engine.evaluate(scope, expression.value)
    return attributes.read(engine, scope, base, expression.name, expression, expression.line)


def _constant(engine: Engine, scope: Scope, expression: ir.Constant) -> Values:  # noqa: ARG001
    value = expression.value
    if value is None:
        return NOTHING
    return (engine.intern.constant(value),)


def _fstring(engine: Engine, scope: Scope, expression: ir.FString) -> Values:
    named = dotted_paths.of_parts(engine, scope, expression.parts)
    if named:
        return named
    texts = [""]
    for part in expression.parts:
        choices = texts_of(engine.evaluate(scope, part))
        texts = [text + choice for text in texts for choice in choices][:_COMBINATIONS]
    return tuple(engine.intern.constant(text) for text in dict.fromkeys(texts))


def texts_of(values: Values) -> list[str]:
    """The strings that values can be inside another string; one `{}` when that is not known."""
    found = [str(v.value) for v in values if isinstance(v, ConstantValue)]
    return found[:_COMBINATIONS] or ["{}"]


def _binary(engine: Engine, scope: Scope, expression: ir.Binary) -> Values:
    left = engine.evaluate(scope, expression.left)
    right = engine.evaluate(scope, expression.right)
    operator = expression.operator
    if operator == "+":
        named = dotted_paths.of_parts(engine, scope, dotted_paths.added(expression))
        return named or _add(engine, expression, left, right)
    if operator == "%" and any(isinstance(v, ConstantValue) and isinstance(v.value, str) for v in left):
        return _percent(engine, scope, expression, left)
    if operator == "|":
        return implicit.pipe(engine, scope, expression, left, right)
    if operator == "/":
        return left if any(isinstance(v, InstanceValue) for v in left) else NOTHING
    if operator == "*":
        return tuple(v for v in left if not isinstance(v, ConstantValue))
    return NOTHING


def _add(engine: Engine, expression: ir.Binary, left: Values, right: Values) -> Values:
    strings = [v for v in (*left, *right) if isinstance(v, ConstantValue) and isinstance(v.value, str)]
    if strings:
        texts = [a + b for a in texts_of(left) for b in texts_of(right)][:_COMBINATIONS]
        return tuple(engine.intern.constant(text) for text in dict.fromkeys(texts))
    if any(isinstance(v, ConstantValue) for v in (*left, *right)):
        return _sum(engine, left, right)
    if len(left) + len(right) > 1 and (left and right):
        return containers.concatenate(engine, expression, left, right)
    return left or right


def _sum(engine: Engine, left: Values, right: Values) -> Values:
    if len(left) == len(right) == 1:
        a, b = left[0], right[0]
        if isinstance(a, ConstantValue) and isinstance(b, ConstantValue):
            x, y = a.value, b.value
            if isinstance(x, (int, float)) and isinstance(y, (int, float)):
                return (engine.intern.constant(x + y),)
    return NOTHING


def _percent(engine: Engine, scope: Scope, expression: ir.Binary, left: Values) -> Values:
    found: Values = NOTHING
    arguments = expression.right.items if isinstance(expression.right, ir.Sequence) else None
    for value in left:
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            text = _PERCENT.sub("{}", value.value) if arguments is None or arguments else value.value
            named = dotted_paths.of_template(engine, scope, "%", value.value, arguments or ())
            found = join(found, named or (engine.intern.constant(text),))
    return found


def _choice(engine: Engine, scope: Scope, expression: ir.Choice) -> Values:
    if expression.tests:
        return _conditional(engine, scope, expression)
    found: Values = NOTHING
    for value in expression.values:
        found = join(found, engine.evaluate(scope, value))
    return found


def _conditional(engine: Engine, scope: Scope, expression: ir.Choice) -> Values:
    [test], [chosen, other] = expression.tests, expression.values
    engine.evaluate(scope, test)
    before = scope.now
    scope.now = rebinding.copied(scope)
    narrowing.narrow(engine, scope, test, "", holds=True)
    found = engine.evaluate(scope, chosen)
    scope.now = dict(before) if before is not None else None
    narrowing.narrow(engine, scope, test, "", holds=False)
    found = join(found, engine.evaluate(scope, other))
    scope.now = before
    return found


def _sequence(engine: Engine, scope: Scope, expression: ir.Sequence) -> Values:
    container = engine.intern.container(expression, expression.kind)
    container.written_by(engine.current)
    places, are_rows = rows.places_of(expression), rows.is_table(expression, ir.Sequence)
    for number, item in enumerate(expression.items):
        if isinstance(item, ir.Starred):
            engine.write(container.element, containers.elements(engine, engine.evaluate(scope, item.value)))
            continue
        values = engine.evaluate(scope, item)
        if number < places:
            slot = container.items.get(number)
            if slot is None and len(values) <= EXTERNAL_LIMIT:
                container.items[number] = Slot(values)  # nobody has read it yet
            else:
                engine.write(container.items.setdefault(number, Slot()), values)
        engine.write(container.element, rows.joined(engine, expression, values) if are_rows else values)
    return (container,)


def _mapping(engine: Engine, scope: Scope, expression: ir.Mapping) -> Values:
    container = engine.intern.container(expression, "dict")
    container.place = (scope, expression)
    container.written_by(engine.current)
    for key, value in zip(expression.keys, expression.values, strict=True):
        values = engine.evaluate(scope, value)
        if key is None:
            containers.merge(engine, container, values)
            continue
        keys = engine.evaluate(scope, key)
        containers.store(engine, (container,), keys, values)
    return (container,)


def _subscript(engine: Engine, scope: Scope, expression: ir.Subscript) -> Values:
    if type(expression.index) is ir.Constant:
        of_base = argument_of_base(engine, scope, expression)
        if of_base:
            return of_base
    base = engine.evaluate(scope, expression.value)
    if not base:
        engine.evaluate(scope, expression.index)
        return NOTHING
    found = containers.load(engine, scope, expression, base)
    if isinstance(expression.index, ir.Opaque):
        return found
    return join(found, kept_items.kept(engine, scope, expression, base, engine.evaluate(scope, expression.index)))


def _lambda(engine: Engine, scope: Scope, expression: ir.Lambda) -> Values:
    child = scope.children.get(id(expression))
    if child is None:
        outer = scope
        while isinstance(outer, Class):
            outer = outer.outer or scope.module.body
        child = Function(scope.module, outer, expression.function, None)
        for parameter in expression.function.parameters:
            child.names[parameter.name] = Slot(is_parameter=True)
        scope.children[id(expression)] = child
        engine.add_function(child)
    assert isinstance(child, Function)
    return (engine.intern.function(child),)


def _comprehension(engine: Engine, scope: Scope, expression: ir.Comprehension) -> Values:
    before = rebinding.copied(scope)
    for generator in expression.generators:
        rebinding.track(scope, generator.target)
        iterated = engine.evaluate(scope, generator.iterable)
        implicit.iteration(engine, scope, generator.iterable, 0, iterated)
        engine.assign(scope, generator.target, containers.elements(engine, iterated))
        for test in generator.tests:
            engine.evaluate(scope, test)
            narrowing.narrow(engine, scope, test, "", holds=True)
    container = engine.intern.container(expression, "list" if expression.kind == "generator" else expression.kind)
    element = engine.evaluate(scope, expression.element)
    if expression.key is not None:
        keys = engine.evaluate(scope, expression.key)
        containers.store(engine, (container,), keys, element)
    else:
        engine.write(container.element, element)
    scope.now = before
    return (container,)


def _await(engine: Engine, scope: Scope, expression: ir.Await) -> Values:
    values = engine.evaluate(scope, expression.value)
    if any(type(value) is InstanceValue and not value.cls.is_project for value in values):
        return implicit.awaited(engine, values)
    return values


def _yield(engine: Engine, scope: Scope, expression: ir.Yield) -> Values:
    if expression.value is None:
        return NOTHING
    values = engine.evaluate(scope, expression.value)
    function = scope if isinstance(scope, Function) else scope.unit
    engine.write(function.yields, containers.elements(engine, values) if expression.is_from else values)
    return NOTHING


def _starred(engine: Engine, scope: Scope, expression: ir.Starred) -> Values:
    return engine.evaluate(scope, expression.value)


def _named(engine: Engine, scope: Scope, expression: ir.Named) -> Values:
    values = engine.evaluate(scope, expression.value)
    engine.assign(scope, ir.Name(expression.target), values)
    return values


def _opaque(engine: Engine, scope: Scope, expression: ir.Opaque) -> Values:
    for part in expression.parts:
        engine.evaluate(scope, part)
    return NOTHING


TABLE: dict[type, Callable[..., Values]] = {
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: calls.evaluate,
    ir.Constant: _constant,
    ir.FString: _fstring,
    ir.Binary: _binary,
    ir.Choice: _choice,
    ir.Sequence: _sequence,
    ir.Mapping: _mapping,
    ir.Subscript: _subscript,
    ir.Lambda: _lambda,
    ir.Comprehension: _comprehension,
    ir.Await: _await,
    ir.Yield: _yield,
    ir.Starred: _starred,
    ir.Named: _named,
    ir.Opaque: _opaque,
}
