"""A class that a decorator makes anew: `type(cls.__name__, (*cls.__bases__, Sendable), dict(cls.__dict__))`.

What the class's name stands for then has the methods of the class that the decorator puts to it. The decorator is
evaluated once for all that it decorates, so the class stays itself and is given a further base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.classes import linearise
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import ClassValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine


def note_bases(engine: Engine, scope: Scope, bases: Values) -> None:
    """Note what `type(name, bases, attributes)` puts to the bases of a class that it is told of."""
    told: set[Value] = set()
    outer: Scope | None = scope.unit
    while isinstance(outer, Function):
        told.update(value for p in outer.record.parameters for value in outer.names[p.name].values)
        outer = outer.outer
    for value in bases:
        if isinstance(value, ClassValue) and value.cls.is_project and value not in told:
            engine.hierarchy.added_bases[value.cls] = None


def put_to(engine: Engine, cls: Class, made: Values) -> None:
    """Give a decorated class the classes that its decorator hands back besides it as further bases."""
    for value in made:
        if not isinstance(value, ClassValue) or not _is_put_to(value.cls, cls):
            continue
        if value.cls in engine.hierarchy.added_bases or not value.cls.is_project:
            _add_base(engine, cls, value.cls)


def _is_put_to(other: Class, cls: Class) -> bool:
    """Whether a class is the decorator's own, and neither below the decorated one nor above it."""
    return not other.record.decorators and other not in cls.mro and cls not in other.mro


def _add_base(engine: Engine, cls: Class, base: Class) -> None:
    engine.hierarchy.resolve(base)
    assert cls.bases is not None
    cls.bases.append((base, {}))
    engine.hierarchy.mixed_in.setdefault(base, {})[cls] = None
    for one in (cls, *sorted(cls.subclasses, key=lambda c: len(c.mro))):
        before = one.mro
        one.mro = linearise(one)
        for level in one.mro:
            if level not in before:
                level.subclasses.append(one)
    engine.hierarchy.forget_members()
    engine.ask_again()
