"""Attribute access on every kind of value: modules, classes, instances, `super()`, external things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import class_proxies, dotted_paths, implicit, kept_items, named_tuples, proxies
from discover.resolve.descriptors import annotated, described, promised
from discover.resolve.handlers import still_in_handler
from discover.resolve.lending import lent_method
from discover.resolve.project_settings import HOLDERS, setting_of
from discover.resolve.remembering import are_methods, kept_unless_it_may_change, remembered
from discover.resolve.symbols import Class, Scope
from discover.resolve.values import (
    NOTHING,
    SLOT_LIMIT,
    CallableValue,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    PartialValue,
    PropertyValue,
    Slot,
    SuperValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_VALUE_OF_ENUM = frozenset({"value", "_value_"})
_OVERRIDE_LIMIT = 64
_CROWD = 16
"""Where so many values were assigned to an attribute, what its annotation says is surer."""
_FEW = 8
"""Up to so many values, joining them one by one costs less than a dict."""


def read(engine: Engine, scope: Scope, base: Values, name: str, record: ir.Expr | None = None, line: int = 0) -> Values:
    """What `base.name` can be. `record` is the expression, for calls that reading a property makes."""
    if len(base) == 1:
        found = _one(engine, scope, base[0], name, record, line)
        if not found:
            engine.ask_again()
        return found
    if len(base) > _FEW:
        every: dict[Value, None] = {}
        for value in base:
            found = remembered(engine, value, name) or _one(engine, scope, value, name, record, line)
            every.update(dict.fromkeys(found))
        return tuple(every)[:SLOT_LIMIT]
    found: Values = NOTHING
    for value in base:
        found = join(found, _one(engine, scope, value, name, record, line))
    if not found:
        engine.ask_again()
    return found


def _one(engine: Engine, scope: Scope, value: Value, name: str, record: ir.Expr | None, line: int) -> Values:
    if isinstance(value, InstanceValue):
        if name in dotted_paths.SAYING and (named := dotted_paths.wrapped(value)):
            return tuple(engine.intern.constant(dotted_paths.said(name, function)) for function in named)
        return remembered(engine, value, name) or _of_instance(engine, scope, value, name, record, line)
    if isinstance(value, ModuleValue):
        return _of_module(engine, value, name)
    if isinstance(value, ClassValue):
        return _of_class(engine, value, name)
    if isinstance(value, ExternalValue):
        if value.receiver is not None:
            return NOTHING  # a member of a known class that its stub does not describe: what it is, is not known
        dotted = f"{value.path}.{name}"
        module = engine.names.module(dotted) if engine.names.is_package(value.path) else None
        return (engine.intern.module(module) if module is not None else engine.intern.external(dotted),)
    if isinstance(value, SuperValue):
        return _of_super(engine, scope, value, name, record, line)
    if isinstance(value, ContainerValue) and name in value.fields:
        return named_tuples.field(engine, value, name)
    if name in _VALUE_OF_ENUM:
        return (value,)
    if isinstance(value, (ContainerValue, ConstantValue)):
        kind = value.kind if isinstance(value, ContainerValue) else type(value.value).__name__
        return (engine.intern.external(f"builtins.{kind}.{name}", value),)
    if isinstance(value, FunctionValue):
        return _of_function(engine, value, name)
    return value.functions if isinstance(value, PartialValue) and name == "func" else NOTHING


def _of_module(engine: Engine, value: ModuleValue, name: str) -> Values:
    module = value.module
    slot = engine.names.attribute_of_module(module, name)
    if slot is None:
        if name in ("__name__", "__package__"):
            return (engine.intern.constant(module.name),)
        return (engine.intern.external(f"{module.name}.{name}"),)
    if not slot.values:
        origin = engine.names.origins.get(slot)
        engine.ensure_module(origin if origin is not None else module)
    return engine.read(slot)


def _of_function(engine: Engine, value: FunctionValue, name: str) -> Values:
    if name in dotted_paths.SAYING:
        return (engine.intern.constant(dotted_paths.said(name, value.function)),)
    if name in {"__wrapped__", "__func__"}:
        return (value,)
    if name == "__self__" and value.receiver is not None:
        return (value.receiver,)
    return engine.marks.said(value.function, name) or (engine.intern.external(f"function.{name}", value),)


def _of_class(engine: Engine, value: ClassValue, name: str) -> Values:
    cls = value.cls
    if name in dotted_paths.SAYING:
        return (engine.intern.constant(dotted_paths.said(name, cls)),)
    if name == "__subclasses__":
        return (engine.intern.external("builtins.type.__subclasses__", value),)
    found = engine.hierarchy.member(cls, name)
    if found is None:
        slot = cls.attributes.get(name)
        if slot is not None:
            return engine.read(slot)
        if not cls.is_project:
            return (engine.intern.external(f"{cls.path}.{name}", value),)
        behind = class_proxies.stands_for(engine, cls) if not name.startswith("__") else None
        if behind is not None:
            return _of_class(engine, engine.intern.class_(behind), name)
        through = _class_through_subclasses(engine, value, name) if value.open else NOTHING
        return (value,) if name in _VALUE_OF_ENUM else through
    level, slot = found
    if slot is None:
        mixed = _class_through_subclasses(engine, value, name) if value.open else NOTHING
        return mixed or (engine.intern.external(f"{level.path}.{name}", value),)
    values = _class_member(engine, level, slot)
    result: Values = NOTHING
    for member in values:
        if isinstance(member, FunctionValue) and member.receiver is None and member.function.owner is not None:
            if member.function.is_classmethod:
                result = join(result, (engine.intern.function(member.function, value),))
                continue
        elif isinstance(member, InstanceValue) and not member.cls.is_opaque:
            result = join(result, described(engine, member, None, value))
            continue
        result = join(result, (member,))
    if _unknown(result):
        result = join(promised(engine, engine.intern.instance(cls, value.bindings), name), result)
    if not result and value.open and name in level.annotations:
        # `model: type[T]` of a class whose own T only the classes below say
        return _class_through_subclasses(engine, value, name)
    return result


def _unknown(values: Values) -> bool:
    for value in values:  # noqa: SIM110 - asked for every attribute; `all` takes three times as long
        if type(value) is not ExternalValue:
            return False
    return True


def _class_through_subclasses(engine: Engine, value: ClassValue, name: str) -> Values:
    """`cls.name` in a mixin whose subclasses alone have the name."""
    found: Values = NOTHING
    for below in engine.hierarchy.below(value.cls)[:_OVERRIDE_LIMIT]:
        if below.is_project:
            member = engine.hierarchy.member(below, name)
            if member is not None and member[1] is not None:
                found = join(found, _of_class(engine, engine.intern.class_(below), name))
    return found


def _class_member(engine: Engine, level: Class, slot: Slot) -> Values:
    if not slot.values or not level.unit.done:
        engine.ensure_class(level)
    return engine.read(slot)


def _of_instance(
    engine: Engine, scope: Scope, value: InstanceValue, name: str, record: ir.Expr | None, line: int
) -> Values:
    cls = value.cls
    if cls.path == "builtins.str" and name in _VALUE_OF_ENUM:
        return (value,)
    found = engine.hierarchy.member(cls, name)
    result: Values = NOTHING
    opaque: Class | None = None
    if found is not None:
        level, slot = found
        if slot is None:
            opaque = level
        else:
            result = _bound(engine, scope, value, level, slot, name, record, line)
            if level.unit.done and are_methods(slot.values):
                engine.hierarchy.remembered[value, name] = slot, slot.values, result
                return result
    if cls.path in HOLDERS and not result:
        return setting_of(engine, name)
    if name in engine.attribute_holders and not _is_settled(engine, found, result):
        result = join(result, _own_attributes(engine, cls, name))
        if len(result) > _CROWD:
            result = promised(engine, value, name) or result
    if result:
        return _or_overrides(engine, scope, value, name, result, record, line)
    if name == "__class__":
        return (engine.intern.class_(cls, value.bindings, open_=not value.exact),)
    if opaque is None:
        if cls.is_project:
            proxied = proxies.through_getattr(engine, scope, value, name, record, line)
            if proxied:
                return proxied
        if found is not None:
            # `task = None` in a base class: what the classes below put there
            is_open = cls.is_project and not value.exact
            return _through_subclasses(engine, scope, value, name, record, line) if is_open else NOTHING
    if cls.is_project and (mixed := _through_subclasses(engine, scope, value, name, record, line)):
        return mixed
    return kept_unless_it_may_change(engine, value, name, _of_library(engine, scope, value, name, opaque))


def _or_overrides(
    engine: Engine, scope: Scope, value: InstanceValue, name: str, result: Values, record: ir.Expr | None, line: int
) -> Values:
    """What was found in the class; where that only holds a place, what the classes below put there."""
    first = type(result[0])
    if first is ClassValue and value.cls.is_project and not value.exact:
        # `form_class = OrderForm`: a class below may set another one
        return join(result, _set_below(engine, value.cls, name))
    if first is CallableValue and value.cls.is_project and not value.exact:
        # `paid: Callable[[Order], Any]` in a base class: the classes below it may define the method
        return _through_subclasses(engine, scope, value, name, record, line) or result
    if first is ContainerValue and value.cls.is_project and not value.exact and _holds_nothing(engine, result):
        # `steps = []` in a base class
        return join(result, _through_subclasses(engine, scope, value, name, record, line))
    return result


def _set_below(engine: Engine, cls: Class, name: str) -> Values:
    """The classes that the classes below set for an attribute in their own bodies."""
    found: Values = NOTHING
    for below in engine.hierarchy.below(cls)[:_OVERRIDE_LIMIT]:
        slot = below.names.get(name) if below.is_project else None
        if slot is not None:
            found = join(found, tuple(v for v in _class_member(engine, below, slot) if type(v) is ClassValue))
    return found


def _of_library(engine: Engine, scope: Scope, value: InstanceValue, name: str, opaque: Class | None) -> Values:
    """A name that no class of the project defines: lent, a library's own, or made up by its `__getattr__`."""
    if not value.cls.path.startswith("builtins."):
        engine.ask_again()  # the class may yet be given a member of this name
    lent = lent_method(engine, scope, value, name) if name in engine.methods_by_name else NOTHING
    if given := lent or kept_items.added(engine, value.cls, name):
        return given
    if opaque is not None:
        return (engine.intern.external(f"{opaque.path}.{name}", value),)
    stub = next((level for level in value.cls.mro if not level.is_project), None)
    if stub is None or stub.path == "builtins.object":
        return NOTHING
    return proxies.made_up(engine, scope, value, name) or (engine.intern.external(f"{stub.path}.{name}", value),)


def _holds_nothing(engine: Engine, values: Values) -> bool:
    return all(isinstance(value, ContainerValue) and not engine.read(value.element) for value in values)


def _is_settled(engine: Engine, found: tuple[Class, Slot | None] | None, result: Values) -> bool:
    """Whether what is assigned to the attribute says nothing more: it is a method, or a library's descriptor."""
    if not result:
        return False
    for value in result:
        if isinstance(value, FunctionValue):
            return True
    for member in found[1].values if found is not None and found[1] is not None else NOTHING:
        if (
            isinstance(member, InstanceValue)
            and not member.cls.is_project
            and member not in result
            and engine.hierarchy.method(member.cls, "__get__") is not None
        ):
            return True
    return False


def _bound(
    engine: Engine,
    scope: Scope,
    value: InstanceValue,
    level: Class,
    slot: Slot,
    name: str,
    record: ir.Expr | None,
    line: int,
) -> Values:
    if value.bindings and not level.is_project and name in level.annotations:
        # What the annotation says with this object's type arguments tells more than the stub's own body.
        said = annotated(engine, level, name, value)
        if said:
            return said
    result: Values = NOTHING
    for member in _class_member(engine, level, slot):
        given: Values = (member,)
        if isinstance(member, FunctionValue) and member.receiver is None and member.function.owner is not None:
            if member.function.is_property:
                given = implicit.property_read(engine, scope, record, line, value, member.function)
            else:
                # a class below may override what is called on `self`, static and class methods too
                of_class = member.function.is_classmethod and not member.function.is_static
                owner = engine.intern.class_(value.cls, value.bindings, open_=not value.exact) if of_class else value
                given = (engine.intern.function(member.function, owner),)
        elif isinstance(member, (PropertyValue, InstanceValue)):
            given = implicit.descriptor_read(engine, scope, record, line, value, member)
        result = join(result, given)
    return join(promised(engine, value, name), result) if _unknown(result) else result


def _own_attributes(engine: Engine, cls: Class, name: str) -> Values:
    """What methods, or code outside, have assigned to the attribute, in the class and its bases."""
    holders = engine.attribute_holders.get(name)
    found: Values = NOTHING
    if holders is None:
        return found
    for level in cls.mro:
        if level not in holders:
            continue
        setters = level.self_attributes.get(name)
        if setters is not None:
            for setter in setters:
                engine.demand(setter)
            slot = level.attributes.get(name)
            if slot is None:
                slot = level.attributes[name] = Slot()
            found = join(found, engine.read(slot))
        else:
            slot = level.attributes.get(name)
            if slot is not None:
                found = join(found, engine.read(slot))
    return found


def _through_subclasses(
    engine: Engine, scope: Scope, value: InstanceValue, name: str, record: ir.Expr | None, line: int
) -> Values:
    """A mixin or an abstract class uses what only the classes below it have."""
    if not value.cls.subclasses:
        return NOTHING
    found: Values = NOTHING
    for below in engine.hierarchy.below(value.cls)[:_OVERRIDE_LIMIT]:
        if not below.is_project:
            continue
        member = engine.hierarchy.member(below, name)
        if member is not None and member[1] is not None:
            instance = engine.intern.instance(below)
            found = join(found, _bound(engine, scope, instance, member[0], member[1], name, record, line))
        found = join(found, _own_attributes(engine, below, name))
        if member is not None and member[1] is None and not found:
            found = (engine.intern.external(f"{member[0].path}.{name}", value),)
    return found


def _of_super(engine: Engine, scope: Scope, value: SuperValue, name: str, record: ir.Expr | None, line: int) -> Values:
    """The next definition in method order; in a mixin also what comes next in the classes that mix it in."""
    cls, handling = value.cls, still_in_handler(value.receiver)
    receiver = value.receiver if isinstance(value.receiver, ClassValue) else None
    engine.hierarchy.resolve(cls)
    found = own = NOTHING
    for start in (cls, *(one for one in engine.hierarchy.below(cls)[:_OVERRIDE_LIMIT] if one.is_project)):
        member = engine.hierarchy.member(start, name, after=cls)
        if member is None:
            stub = next((level for level in start.mro[1:] if not level.is_project), None)
            own = own or ((engine.intern.external(f"{stub.path}.{name}", receiver),) if stub is not None else NOTHING)
            continue
        level, slot = member
        if slot is None:
            own = own or (engine.intern.external(f"{level.path}.{name}", receiver),)
            continue
        # Exact: `super()` names one definition, and overrides below the class are not meant.
        target = engine.intern.instance(start, handling, exact=True)
        if isinstance(receiver, ClassValue):
            found = join(found, _super_of_class(engine, level, slot, receiver))
        else:
            found = join(found, _bound(engine, scope, target, level, slot, name, record, line))
    if name == "__new__" and not found and isinstance(receiver, ClassValue):
        return own or (engine.intern.external("builtins.object.__new__", receiver),)
    return found or own


def _super_of_class(engine: Engine, level: Class, slot: Slot, receiver: ClassValue) -> Values:
    return tuple(
        engine.intern.function(member.function, receiver) if isinstance(member, FunctionValue) else member
        for member in _class_member(engine, level, slot)
    )
