"""What reading an attribute gave before, where so little has decided it that asking again need not look further."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve import kept_items
from discover.resolve.values import NOTHING, FunctionValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine


def remembered(engine: Engine, value: Value, name: str) -> Values:
    """What was found before, where no more than a slot's values, or a missing name, has decided it."""
    known = engine.hierarchy.remembered.get((value, name))
    if known is None:
        return NOTHING
    slot, values, result = known
    if slot is None:
        return result if name not in engine.attribute_holders else NOTHING
    return result if engine.read(slot) is values else NOTHING


def are_methods(members: Values) -> bool:
    """Whether an attribute holds nothing but methods to be called: what reading it gives is told by them alone."""
    for member in members:
        if (
            type(member) is not FunctionValue
            or member.receiver is not None
            or member.function.owner is None
            or member.function.is_property
        ):
            return False
    return bool(members)


def kept_unless_it_may_change(engine: Engine, value: InstanceValue, name: str, result: Values) -> Values:
    """The result for a name that no class of the project defines, noted where it can't become another."""
    if result and not _may_change(engine, value, name):
        engine.hierarchy.remembered[value, name] = None, NOTHING, result
    return result


def _may_change(engine: Engine, value: InstanceValue, name: str) -> bool:
    """Whether a name that no class defines may be found later, or is made up: by a `__getattr__`, lent, set below."""
    if name in engine.methods_by_name or name in engine.attribute_holders or kept_items.is_open(value.cls):
        return True
    hierarchy = engine.hierarchy
    if hierarchy.is_resolving or hierarchy.member(value.cls, "__getattr__") is not None:
        return True
    for below in value.cls.subclasses if value.cls.is_project else ():
        if below.is_project:
            member = hierarchy.member(below, name)
            if member is not None and member[1] is not None:
                return True
    return False
