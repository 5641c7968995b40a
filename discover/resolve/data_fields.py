"""The fields of data classes: what declares them, and what objects that are made with them hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.given import Arguments
from discover.resolve.values import NOTHING, InstanceValue, Slot, Value, Values, join

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope

_SPECIFIERS = (
    "dataclasses.field",
    *("attr.ib", "attr.attrib", "attr.field", "attrs.field"),
    *("pydantic.Field", "pydantic.PrivateAttr", "pydantic.fields.Field", "sqlmodel.Field", "msgspec.field"),
)
_FACTORIES = ("default_factory", "factory")
_UNTYPED = frozenset({"ib", "attrib"})
"""What attrs declares fields with that have no annotation."""


def flow_fields(engine: Engine, cls: Class, arguments: Arguments) -> None:
    """A class without an `__init__` of its own (a data class, a model): keywords name its attributes."""
    fields = (list(cls.annotations) or _declared(cls)) if arguments.positional else []
    for name, values in zip(fields, arguments.positional, strict=False):
        write_field(engine, cls, name, values)
    for name, values in arguments.keywords.items():
        if name in cls.annotations or name in cls.names:
            write_field(engine, cls, name, values)


def write_field(engine: Engine, cls: Class, name: str, values: Values) -> None:
    """Let an instance attribute of a class grow."""
    engine.attribute_holders.setdefault(name, set()).add(cls)
    engine.write(cls.attributes.setdefault(name, Slot()), values)


def _declared(cls: Class) -> list[str]:
    """`session = attr.ib()`: the fields in the order in which the class has them."""
    return [
        target.id
        for statement in cls.record.body
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call)
        for target in statement.targets
        if isinstance(target, ir.Name) and ending(statement.value.function) in _UNTYPED
    ]


def _field(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """A field's default, or what its factory makes; where it has neither, its annotation alone says what it is."""
    given = arguments.positional[0] if arguments.positional else NOTHING
    found = join(given, arguments.keywords.get("default", NOTHING))
    for name in _FACTORIES:
        for factory in arguments.keywords.get(name, NOTHING):
            found = join(found, engine.apply(scope, factory, Arguments([], {}), None, record))
    return found


def _replaced(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`replace(order, buyer=other)`: an object of the same class, with other attributes."""
    found = arguments.positional[0] if arguments.positional else NOTHING
    for value in found:
        if isinstance(value, InstanceValue) and value.cls.is_project:
            for name, values in arguments.keywords.items():
                write_field(engine, value.cls, name, values)
    return found


TABLE: dict[str, Intrinsic] = {
    **dict.fromkeys(_SPECIFIERS, _field),
    **dict.fromkeys(("dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve"), _replaced),
}
