"""Which classes lend a library's object what it has: the model, to a query for its objects.

A stub says so by `__lent_by__: M`: whose class attributes lend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING, InstanceValue

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope
    from discover.resolve.values import Values

_MARK = "__lent_by__"


def lenders(engine: Engine, value: InstanceValue) -> list[Class]:
    """The classes that lend to an object, as far as they are known."""
    level = _lent_level(value)
    if level is None:
        return []
    environment = engine.hierarchy.environment(value.cls, value.bindings)
    lending = engine.annotations.values(level, level.annotations[_MARK], dict(environment))
    return [one.cls for one in lending if isinstance(one, InstanceValue)]


def lent_method(engine: Engine, scope: Scope, value: InstanceValue, name: str) -> Values:
    """A method that an object has from others of its kind: a query, from the managers of the model that it asks for."""
    level = _lent_level(value)
    for lender in lenders(engine, value) if level is not None else ():
        if not lender.is_project:
            continue
        for attribute in dict.fromkeys(n for cls in lender.mro if cls.is_project for n in cls.names):
            for one in engine.attribute(scope, (engine.intern.class_(lender),), attribute):
                if isinstance(one, InstanceValue) and one.cls.is_project and level in one.cls.mro:
                    method = engine.hierarchy.method(one.cls, name)
                    if method is not None and method.is_project:
                        return (engine.intern.function(method, one),)
    return NOTHING


def _lent_level(value: InstanceValue) -> Class | None:
    return next((level for level in value.cls.mro if _MARK in level.annotations), None)
