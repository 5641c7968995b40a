"""A class in the place of one above it: what a method that gives back its own class gives on an object below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import ClassValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class

_Key = tuple[Values, "Class", "Class"]
"""Values, a class, and one below it."""


class Substitutions:
    """Substitutes classes, in each set of values once: many calls lead to one method of a base."""

    def __init__(self) -> None:
        self._given: dict[tuple[Values, Class, Class, int], Values] = {}
        """With the number of the classes below the owner, of which more become known in time."""
        self._known: dict[_Key, Values] = {}

    def given(self, engine: Engine, values: Values, owner: Class, cls: Class) -> Values:
        """What a method of the owner gives when it is called on a class below, or on an object of that."""
        key = (values, owner, cls, len(owner.subclasses))
        found = self._given.get(key)
        if found is None:
            found = self._substituted(engine, values, owner, cls)
            if any(_class_of(value) is cls for value in found):
                siblings = {below for below in owner.subclasses if cls not in below.mro}
                found = tuple(value for value in found if _class_of(value) not in siblings)
            self._given[key] = found
        return found

    def _substituted(self, engine: Engine, values: Values, owner: Class, cls: Class) -> Values:
        key = (values, owner, cls)
        known = self._known.get(key)
        if known is None:
            found = [self._substitute(engine, value, owner, cls) for value in values]
            known = self._known[key] = tuple(dict.fromkeys(found))
        return known

    def _substitute(self, engine: Engine, value: Value, owner: Class, cls: Class) -> Value:
        if isinstance(value, InstanceValue):
            bindings = value.bindings and tuple(
                (name, self._substituted(engine, values, owner, cls)) for name, values in value.bindings
            )
            if value.cls is owner or bindings != value.bindings:
                return engine.intern.instance(cls if value.cls is owner else value.cls, bindings, exact=value.exact)
        elif isinstance(value, ClassValue) and value.cls is owner:
            return engine.intern.class_(cls, value.bindings, open_=value.open)
        return value


def _class_of(value: Value) -> Class | None:
    return value.cls if isinstance(value, (InstanceValue, ClassValue)) else None
