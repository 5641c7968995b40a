"""Lists, tuples, sets and dicts: what is stored in them, what reading and iterating gives."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve import implicit, rebinding
from discover.resolve.given import Arguments
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    InstanceValue,
    Slot,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Scope

ITEM_LIMIT: Final = 16
"""So many places of a sequence are told apart; later ones only count towards what iteration gives."""
KEY_LIMIT: Final = 256
"""So many constant keys of a dict are told apart."""
_ALIASES: Final = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("Annotated", "Optional", "Union")
)
"""What stands before the brackets where a type is given a name of its own."""


def elements(engine: Engine, values: Values) -> Values:
    """What `for x in values` binds to x."""
    found: Values = NOTHING
    for value in values:
        if isinstance(value, ContainerValue):
            found = join(found, engine.read(value.key if value.kind == "dict" else value.element))
        elif isinstance(value, InstanceValue):
            found = join(found, _iterated(engine, value))
        elif isinstance(value, ExternalValue):
            if not value.path.endswith("[]"):
                found = join(found, (engine.intern.external(value.path + "[]"),))
        elif isinstance(value, ClassValue) and value.cls.is_project:
            found = join(found, _members(engine, value))
    return found


def _members(engine: Engine, value: ClassValue) -> Values:
    """The members of an enumeration, which iterating over its class gives."""
    cls = value.cls
    engine.hierarchy.resolve(cls)
    if not any(
        level.path.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum", "TextChoices", "IntegerChoices")
        for level in cls.mro
    ):
        return NOTHING
    engine.ensure_class(cls)
    found: Values = NOTHING
    for name, slot in cls.names.items():
        if not name.startswith("_"):
            found = join(found, tuple(v for v in engine.read(slot) if isinstance(v, ConstantValue)))
    return found


def _iterated(engine: Engine, value: InstanceValue) -> Values:
    environment = engine.hierarchy.environment(value.cls, value.bindings)
    if value.cls.path.startswith(("builtins.", "typing.", "collections.")):
        return environment.get("T") or environment.get("K") or NOTHING
    for name in ("__iter__", "__aiter__", "__getitem__"):
        method = engine.hierarchy.method(value.cls, name)
        if method is not None:
            result = implicit.results(engine, (engine.intern.function(method, value),))
            return result if name == "__getitem__" else _next(engine, result)
    return NOTHING


def _next(engine: Engine, iterators: Values) -> Values:
    found: Values = NOTHING
    for iterator in iterators:
        if isinstance(iterator, ContainerValue):
            found = join(found, elements(engine, (iterator,)))
        elif isinstance(iterator, InstanceValue):
            environment = engine.hierarchy.environment(iterator.cls, iterator.bindings)
            found = join(found, environment.get("T") or _own_next(engine, iterator))
    return found


def _own_next(engine: Engine, iterator: InstanceValue) -> Values:
    for name in ("__next__", "__anext__"):
        method = engine.hierarchy.method(iterator.cls, name)
        if method is not None and method.is_project:
            return implicit.results(engine, (engine.intern.function(method, iterator),))
    return NOTHING


def place(engine: Engine, values: Values, number: int) -> Values:
    """What unpacking gives to the target at this place."""
    found: Values = NOTHING
    for value in values:
        if isinstance(value, ContainerValue):
            slot = value.items.get(number) if value.kind != "dict" else None
            found = join(found, engine.read(slot if slot is not None else value.element))
        elif isinstance(value, InstanceValue):
            named = dict(value.bindings)
            is_told = any(name.startswith("#") for name in named)
            found = join(found, named.get(f"#{number}", NOTHING) if is_told else _iterated(engine, value))
        elif isinstance(value, ExternalValue):
            found = join(found, (engine.intern.external(f"{value.path}[{number}]"),))
    return found


def load(engine: Engine, scope: Scope, expression: ir.Subscript, base: Values) -> Values:
    """`base[index]`."""
    if isinstance(expression.index, ir.Opaque):
        engine.evaluate(scope, expression.index)
        return _sliced(engine, expression.index, base)
    index = engine.evaluate(scope, expression.index)
    found: Values = NOTHING
    for value in base:
        if isinstance(value, ContainerValue):
            stored = item(engine, value, index)
            found = join(found, rebinding.item(scope, value, index) or stored)
        elif isinstance(value, InstanceValue):
            found = join(found, _instance_item(engine, scope, expression, value, index))
        elif isinstance(value, ExternalValue):
            aliased = _aliased(engine, scope, expression) if value.path in _ALIASES else NOTHING
            if aliased or not value.path.endswith("[]"):
                found = join(found, aliased or (engine.intern.external(value.path + "[]"),))
        elif isinstance(value, ClassValue):
            found = join(found, _subscripted(engine, scope, expression, value))
    return found


def _aliased(engine: Engine, scope: Scope, expression: ir.Subscript) -> Values:
    """What a name of a type stands for: `Session = Annotated[SqlSession, Depends(open_session)]`."""
    found: Values = NOTHING
    for value in engine.annotations.values(scope, expression, {}):
        if isinstance(value, InstanceValue):
            found = join(found, (engine.intern.class_(value.cls, value.bindings),))
        elif isinstance(value, ExternalValue) and value.path.endswith("()"):
            found = join(found, (engine.intern.external(value.path.removesuffix("()")),))
    return found


def _sliced(engine: Engine, index: ir.Opaque, base: Values) -> Values:
    """`base[1:3]`: the places between constant bounds move; any other slice is taken for the whole."""
    bounds = [part.value if isinstance(part, ir.Constant) else "" for part in index.parts]
    if len(bounds) != 3 or bounds[2] is not None:
        return base
    lower, upper = bounds[0] if bounds[0] is not None else 0, bounds[1]
    if not isinstance(lower, int) or not isinstance(upper, (int, NoneType)) or min(lower, upper or 0) < 0:
        return base
    found: Values = NOTHING
    for value in base:
        if isinstance(value, ContainerValue) and value.kind != "dict" and value.items:
            value = _part(engine, index, value, lower, upper)
        found = join(found, (value,))
    return found


def _part(engine: Engine, record: ir.Opaque, whole: ContainerValue, lower: int, upper: int | None) -> ContainerValue:
    part = engine.intern.container(record, whole.kind)
    part.written_by(engine.current)
    placed: Values = NOTHING
    for number, slot in list(whole.items.items()):
        values = engine.read(slot)
        placed = join(placed, values)
        if isinstance(number, int) and lower <= number and (upper is None or number < upper):
            engine.write(part.items.setdefault(number - lower, Slot()), values)
            engine.write(part.element, values)
    if upper is None:
        known = set(placed)
        engine.write(part.element, tuple(value for value in engine.read(whole.element) if value not in known))
    return part


def item(engine: Engine, container: ContainerValue, index: Values) -> Values:
    """What stands under the keys; where one of them is not known, all that the container holds."""
    found: Values = NOTHING
    for key in index:
        if isinstance(key, ConstantValue) and isinstance(key.value, (str, int)):
            slot = container.items.get(key.value)
            slots = [slot] if slot is not None else []
        elif isinstance(key, ClassValue) and container.classes is not None:
            slots = [
                slot for cls, slot in container.classes.items() if cls is key.cls or (key.open and key.cls in cls.mro)
            ]
        else:
            slots = []
        if not slots:
            everything = engine.read(container.element)
            if not _is_absent(container, key, everything):
                return everything
        for slot in slots:
            found = join(found, engine.read(slot))
    return found if index else engine.read(container.element)


def _is_absent(container: ContainerValue, key: object, everything: Values) -> bool:
    """Whether a dict holds what its display says under literal keys, and has no such key."""
    if container.place is None or container.classes or not isinstance(key, ConstantValue):
        return False
    _, display = container.place
    if not all(isinstance(one, ir.Constant) for one in display.keys) or len(container.items) > len(display.keys):
        return False
    under_keys = {value for slot in container.items.values() for value in slot.values}
    return bool(everything) and under_keys.issuperset(everything)


def _instance_item(
    engine: Engine, scope: Scope, expression: ir.Subscript, value: InstanceValue, index: Values
) -> Values:
    if value.bindings and len(index) == 1 and isinstance(index[0], ConstantValue):
        named = dict(value.bindings).get(f"#{index[0].value}")
        if named is not None:
            return named
    environment = engine.hierarchy.environment(value.cls, value.bindings)
    if value.cls.path == "builtins.dict":
        return environment.get("V", NOTHING)
    if value.cls.path.startswith(("builtins.", "typing.")):
        return environment.get("T", NOTHING)
    line = implicit.line_of(expression.value)
    return implicit.implicit(engine, scope, expression, line, (value,), "__getitem__", index)


def _subscripted(engine: Engine, scope: Scope, expression: ir.Subscript, value: ClassValue) -> Values:
    if isinstance(expression.index, ir.Constant) and value.cls.is_project:
        named = value.cls.names.get(str(expression.index.value))
        if named is not None:
            return engine.read(named)
    method = engine.hierarchy.method(value.cls, "__class_getitem__") if not value.cls.is_project else None
    if method is not None:
        index = engine.evaluate(scope, expression.index)
        return engine.apply(scope, engine.intern.function(method, value), Arguments([index], {}), None, expression)
    instances = engine.annotations.values(scope, expression, {})
    return tuple(engine.intern.class_(v.cls, v.bindings) for v in instances if isinstance(v, InstanceValue)) or (value,)


def store(engine: Engine, base: Values, index: Values, values: Values) -> None:
    """`base[index] = values`."""
    for value in base:
        if not isinstance(value, ContainerValue):
            continue
        value.written_by(engine.current)
        engine.write(value.key, index)
        engine.write(value.element, values)
        for key in index:
            if isinstance(key, ConstantValue) and isinstance(key.value, (str, int)):
                slot = value.items.get(key.value)
                if slot is None:
                    if len(value.items) >= KEY_LIMIT:
                        continue
                    slot = value.items[key.value] = Slot()
                engine.write(slot, values)
            elif isinstance(key, ClassValue):
                if value.classes is None:
                    value.classes = {}
                engine.write(value.classes.setdefault(key.cls, Slot()), values)


def merge(engine: Engine, container: ContainerValue, values: Values) -> None:
    """`container.update(values)`, `{**values}`, `container.extend(values)`."""
    for value in values:
        if value is container:
            continue
        container.written_by(engine.current)
        if isinstance(value, ContainerValue):
            engine.write(container.element, engine.read(value.element))
            engine.write(container.key, engine.read(value.key))
            if container.kind == value.kind == "dict":
                for key, slot in list(value.items.items()):
                    target = container.items.setdefault(key, Slot())
                    engine.write(target, engine.read(slot))
        elif isinstance(value, InstanceValue):
            environment = engine.hierarchy.environment(value.cls, value.bindings)
            engine.write(container.element, environment.get("V") or environment.get("T") or _iterated(engine, value))


def concatenate(engine: Engine, record: ir.Binary, left: Values, right: Values) -> Values:
    """`left + right` of two sequences."""
    parts = [v for v in (*left, *right) if isinstance(v, ContainerValue)]
    if not parts:
        return join(left, right)
    container = engine.intern.container(record, parts[0].kind)
    for part in parts:
        engine.write(container.element, engine.read(part.element))
    return (container, *[v for v in (*left, *right) if not isinstance(v, ContainerValue)])
