"""Which classes' objects run a method, although classes below have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Values


def running(engine: Engine, method: Function) -> list[Class]:
    """The method's class, and those below that inherit it or go on to it."""
    if method.owner is None:
        return []
    found = [method.owner]
    leads_to_it = {method}
    for cls in sorted(method.owner.subclasses, key=lambda below: (len(below.mro), below.id)):
        entered = engine.hierarchy.method(cls, method.record.name)
        if entered is None:
            continue
        if any(target.function in leads_to_it for site in entered.sites.values() for target in site.targets):
            leads_to_it.add(entered)
        if entered in leads_to_it or _goes_on(engine, cls, entered, method):
            found.append(cls)
    return found


def _goes_on(engine: Engine, cls: Class, entered: Function, method: Function) -> bool:
    """Whether `super()` leads from the method that an object enters to this one, in the order of the object's class."""
    name = method.record.name
    level: Function | None = entered
    for _ in cls.mro:
        if level is None or level is method:
            return level is method
        after = _asked_after(engine, level, name)
        level = engine.hierarchy.method(cls, name, after=after) if after is not None else None
    return False


def _asked_after(engine: Engine, method: Function, name: str) -> Class | None:
    """The class behind which `super().name()` looks; none when the method does not go on."""
    for site in method.sites.values():
        called = site.call.function
        before = called.value if isinstance(called, ir.Attribute) and called.name == name else None
        if is_super(before) and method.owner is not None:
            named = engine.evaluate(method, before.arguments[0]) if before.arguments else ()
            return asked_after(named, method.owner)
    return None


def asked_after(named: Values, owner: Class) -> Class:
    """The class behind which `super(Named, self)` looks, in a method of `owner`.

    A class that is called as the one it extends (`class UpdateView(UpdateView)`) names itself.
    """
    classes = [value.cls for value in named if isinstance(value, ClassValue)]
    return classes[0] if classes and owner not in classes else owner
