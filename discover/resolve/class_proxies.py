"""Classes that pass their attributes on: a metaclass whose `__getattr__` asks another class.

`class Orders(Replaceable): default = OrdersBase`, and `Orders.as_view()` is `OrdersBase.as_view()`. Which class is
asked most often depends on settings; the one that the class's own attributes name is it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import within
from discover.resolve.metaclasses import metaclass_of
from discover.resolve.proxies import asked
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function


def stands_for(engine: Engine, cls: Class) -> Class | None:
    """The class to which a class passes on what it has not itself; None where none, or more than one, may be it."""
    metaclass = metaclass_of(engine, cls)
    method = engine.hierarchy.method(metaclass, "__getattr__") if metaclass is not None else None
    if method is None or not method.is_project or len(method.record.parameters) < 2 or not asked(method):
        return None
    return _named(engine, cls)


def made_instead(engine: Engine, cls: Class, new: Function) -> Values:
    """What a class's `__new__` makes of the class that its attributes name, where it makes no object of its own."""
    engine.demand(new)
    if any(isinstance(value, InstanceValue) for value in engine.read(new.returns)) or _makes_own(new):
        return NOTHING
    behind = stands_for(engine, cls)
    return (engine.intern.instance(behind, exact=True),) if behind is not None else NOTHING


def _makes_own(new: Function) -> bool:
    return any(isinstance(one, ir.Attribute) and one.name == "__new__" for one in within(new.record.body))


def _named(engine: Engine, cls: Class) -> Class | None:
    engine.ensure_class(cls)
    slots = [slot for name, slot in cls.names.items() if name not in cls.imports]
    named = dict.fromkeys(v.cls for slot in slots for v in slot.values if isinstance(v, ClassValue))
    own = [one for one in named if one.is_project and one is not cls and one.outer is not cls]
    return own[0] if len(own) == 1 else None
