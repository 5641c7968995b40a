"""Objects that pass their attributes on: a class whose `__getattr__` asks another object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import implicit
from discover.resolve.given import Arguments
from discover.resolve.returns import returned
from discover.resolve.stub_calls import stub_call
from discover.resolve.values import NOTHING, InstanceValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Function, Scope


def through_getattr(
    engine: Engine, scope: Scope, value: InstanceValue, name: str, record: ir.Expr | None, line: int
) -> Values:
    """What an object has that its class does not: the answer of the class's `__getattr__` for this very name."""
    method = engine.hierarchy.method(value.cls, "__getattr__") if not name.startswith("__") else None
    if method is None or not method.is_project or len(method.record.parameters) < 2:
        return NOTHING
    if (method, name) in engine.proxied:
        return NOTHING  # it asks itself
    engine.proxied.add((method, name))
    try:
        found = _answer(engine, scope, method, value, name)
    finally:
        engine.proxied.discard((method, name))
    if found:
        implicit.remember(scope, record, line, [method])
    return found


def _answer(engine: Engine, scope: Scope, method: Function, value: InstanceValue, name: str) -> Values:
    engine.demand(method)
    expressions = asked(method)
    if not expressions:
        return returned(engine, method, value)
    found: Values = NOTHING
    for expression in expressions:
        base = engine.evaluate(method, expression)
        found = join(found, engine.attribute(scope, tuple(v for v in base if v is not value), name))
    return found


def asked(method: Function) -> list[ir.Expr]:
    """The objects of `return getattr(object, name)` in a `__getattr__`."""
    name = method.record.parameters[1].name
    found: list[ir.Expr] = []
    for value in _returned(method.record.body):
        if isinstance(value, ir.Call) and isinstance(value.function, ir.Name) and value.function.id == "getattr":
            given = value.arguments
            if len(given) > 1 and isinstance(given[1], ir.Name) and given[1].id == name:
                found.append(given[0])
    return found


def _returned(block: list[ir.Stmt]) -> list[ir.Expr]:
    found: list[ir.Expr] = []
    for statement in block:
        if isinstance(statement, ir.Return) and statement.value is not None:
            found.append(statement.value)
        elif isinstance(statement, (ir.If, ir.Try, ir.With, ir.ForLoop, ir.While)):
            found += _returned(statement.body)
            found += _returned(getattr(statement, "otherwise", []))
    return found


def made_up(engine: Engine, scope: Scope, value: InstanceValue, name: str) -> Values:
    """What a library's `__getattr__` gives for a name that nothing defines: a proxy's method."""
    method = None if name.startswith("__") else engine.hierarchy.method(value.cls, "__getattr__")
    if method is None or method.is_project:
        return NOTHING
    given = Arguments([(engine.intern.constant(name),)], {})
    return stub_call(engine, scope, engine.intern.function(method, value), given, None, ir.Constant(None))
