"""What an object's own type arguments say of the methods that all objects of its class share.

`self.model(**data)` in `Repository(Generic[Model])` makes, for all callers together, a row of every model that some
repository is made for. A workflow knows more: `Repository(session, Order)` and `class Orders(Repository[Order])` are
for one model. So an object's class is told with the classes that its type variables stand for, as a *receiver*, and of
each call in such a method it is noted what it runs for which class.
"""

from __future__ import annotations

from discover.link.records import MORE, Receiver
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import CONSTRUCTORS, Class, Function
from discover.resolve.values import SLOT_LIMIT, Bindings, ClassValue, FunctionValue, InstanceValue, Value

_FEW = 3
"""A type variable that stands for more classes than this says nothing of an object."""


def receiver_for(cls: Class | None, bindings: Bindings) -> str:
    """The class's id where it is known, with the classes that the object's own type arguments are, if it has any."""
    return Receiver(cls.id if cls is not None else "", tuple(_classes(dict(bindings)))).text


def arguments_of_classes(program: Program) -> dict[str, tuple[str, ...]]:
    """Class -> the classes that its bases are for: `class Orders(Repository[Order])`."""
    hierarchy = program.engine.hierarchy
    found: dict[str, tuple[str, ...]] = {}
    for cls in program.all_classes:
        own = hierarchy.own_type_parameters(cls)
        environment = hierarchy.environment(cls, ()) if own else {}
        classes = tuple(_classes({name: environment.get(name, ()) for name in own}))
        if classes:
            found[cls.id] = classes
    return found


def runs_by_class(program: Program, keys: dict[Function, str], site: CallSite) -> dict[str, tuple[str, ...]]:
    """What a call runs on, or as, each of several classes; nothing unless it stands in a class with type variables.

    Where resolving gave up telling the classes apart, `MORE` stands for those that are left out.
    """
    owner = site.function.owner
    if owner is None or not program.engine.hierarchy.own_type_parameters(owner):
        return {}
    found: dict[str, dict[str, None]] = {}
    for value in site.callee:
        cls, run = _run(program, value)
        if cls is None:
            return {}
        units = found.setdefault(cls.id, {})
        units.update((keys[function], None) for function in run if function in keys)
    if len(site.callee) >= SLOT_LIMIT and all(isinstance(value, ClassValue) for value in site.callee):
        found[MORE] = {}
    return {cls: tuple(units) for cls, units in found.items()} if len(found) > 1 else {}


def _run(program: Program, value: Value) -> tuple[Class | None, list[Function]]:
    if isinstance(value, ClassValue):
        methods = (program.find_method(value.cls, name) for name in CONSTRUCTORS)
        return value.cls, [method for method in methods if method is not None]
    if isinstance(value, FunctionValue) and isinstance(value.receiver, InstanceValue | ClassValue):
        return value.receiver.cls, [value.function]
    return None, []


def _classes(bindings: dict[str, tuple[Value, ...]]) -> dict[str, None]:
    found: dict[str, None] = {}
    for values in bindings.values():
        classes = {v.cls.id: None for v in values if isinstance(v, InstanceValue) and v.cls.is_project}
        if len(classes) <= _FEW:
            found.update(classes)
    return found
