"""What a library calls a method with that a class gives it by name.

A stub says so by `__given__`: by the method's name the class attribute that names the object's class, such as
`{"after_create_object": "data_layer.model"}`. The object is what the first parameter behind `self` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ClassValue, ContainerValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function

_TABLE = "__given__"


def called_with(engine: Engine, function: Function, parameter: ir.Parameter) -> Values:
    """What a parameter of a method is, where a library calls the method with an object of a class that is named."""
    owner, parameters = function.owner, function.record.parameters
    if owner is None or len(parameters) < 2 or parameters[1] is not parameter:
        return NOTHING
    for level in owner.mro:
        if not level.is_project and _TABLE in level.names:
            attribute = _table(level).get(function.record.name)
            if attribute is not None:
                return _objects(engine, owner, attribute)
    return NOTHING


def _table(level: Class) -> dict[str, str]:
    for statement in level.record.body:
        if isinstance(statement, ir.Assign) and statement.targets == [ir.Name(_TABLE)]:
            mapping = statement.value
            pairs = zip(mapping.keys, mapping.values, strict=True) if isinstance(mapping, ir.Mapping) else ()
            return {
                str(key.value): str(value.value)
                for key, value in pairs
                if isinstance(key, ir.Constant) and isinstance(value, ir.Constant)
            }
    return {}


def _objects(engine: Engine, owner: Class, dotted: str) -> Values:
    """Objects of the class that an attribute, or an item of a mapping in one, names."""
    engine.ensure_class(owner)
    first, *keys = dotted.split(".")
    values = engine.attribute(owner, (engine.intern.class_(owner),), first)
    for key in keys:
        found: Values = NOTHING
        for value in values:
            if isinstance(value, ContainerValue) and key in value.items:
                found = join(found, engine.read(value.items[key]))
        values = found
    return tuple(engine.intern.instance(value.cls) for value in values if isinstance(value, ClassValue))
