"""What a library calls a method with that a class gives it by name.

A stub says so by `__given__`: by the method's name the class attribute that names the object's class, such as
`{"after_create_object": "data_layer.model"}`. The object is what the first parameter behind `self` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.stub_tables import rows, table_of
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
        attribute = dict(rows(table_of(level, _TABLE))).get(function.record.name)
        if isinstance(attribute, ir.Constant):
            return _objects(engine, owner, str(attribute.value))
    return NOTHING


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
