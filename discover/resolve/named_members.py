"""What a library's mapping holds under the name of a class's member: `form.cleaned_data["bug"]`.

A stub says so by `Member[NameT, FormT, clean, M, formfield.clean]`. Behind the name's type variable stand pairs: a type
variable, and the methods that what its class has under the name is asked by, one called on what the other gives. The
first of the pairs that finds something counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve import implicit
from discover.resolve.interning import KEY
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class

_BELOW: Final = 24
"""Of so many classes that a mixin stands in, the member is asked that only those have."""


def member(engine: Engine, arguments: list[ir.Expr], environment: Mapping[str, Values]) -> Values:
    """What stands in the mapping under the name that a call, or a subscript, gives."""
    names = [one.value for one in _bound(arguments[0], environment) if isinstance(one, ConstantValue)]
    name = names[0] if len(names) == 1 else None
    if not isinstance(name, str):
        return NOTHING
    for owner, way in zip(arguments[1::2], arguments[2::2], strict=True):
        found: Values = NOTHING
        for value in _bound(owner, environment):
            if isinstance(value, InstanceValue):
                found = join(found, _asked(engine, _members(engine, value, name), _methods(way)))
        if found:
            return found
    return NOTHING


def _bound(expression: ir.Expr, environment: Mapping[str, Values]) -> Values:
    return environment.get(expression.id, NOTHING) if isinstance(expression, ir.Name) else NOTHING


def _methods(way: ir.Expr) -> list[str]:
    """The methods that a dotted name of the stub lists."""
    if isinstance(way, ir.Attribute):
        return [*_methods(way.value), way.name]
    return [way.id] if isinstance(way, ir.Name) else []


def _asked(engine: Engine, values: Values, methods: list[str]) -> Values:
    """What the methods give, each called on what the one before it gave."""
    for name in methods:
        called: Values = NOTHING
        for value in values:
            method = engine.hierarchy.method(value.cls, name) if isinstance(value, InstanceValue) else None
            if method is not None:
                called = (*called, engine.intern.function(method, value))
        values = implicit.results(engine, called)
    return values


def _members(engine: Engine, value: InstanceValue, name: str) -> Values:
    """The objects that the class, or a class below it where it has none, holds as an attribute of the name."""
    found = _in_class(engine, value.cls, name)
    if not found and not value.exact:
        for below in engine.hierarchy.below(value.cls)[:_BELOW]:
            found = join(found, _in_class(engine, below, name) if below.is_project else NOTHING)
    return found


def _in_class(engine: Engine, cls: Class, name: str) -> Values:
    level = engine.hierarchy.member(cls, name)
    if level is not None and level[1] is not None and level[0].is_project:
        engine.ensure_class(level[0])
        return tuple(value for value in engine.read(level[1]) if not _is_renamed(value))
    return tuple(dict.fromkeys(_renamed(engine, cls, name)))


def _is_renamed(value: Value) -> bool:
    return isinstance(value, InstanceValue) and any(name == KEY for name, _ in value.bindings)


def _renamed(engine: Engine, cls: Class, name: str) -> Iterator[InstanceValue]:
    """The members that stand under this name by their own account: `buyer_id = Related(source="buyer")`."""
    wanted = (engine.intern.constant(name),)
    levels = [level for level in cls.mro if level.is_project]
    for level in levels:
        engine.ensure_class(level)
    for level in levels if wanted in engine.intern.keys else ():
        for slot in level.names.values():
            for value in engine.read(slot):
                if isinstance(value, InstanceValue) and (KEY, wanted) in value.bindings:
                    yield value
