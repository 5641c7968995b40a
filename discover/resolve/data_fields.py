"""What a data class declares its fields with: `lines: list[Line] = field(default_factory=list)`, a list of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.given import Arguments
from discover.resolve.values import NOTHING, Value, Values, join

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Scope

_SPECIFIERS = (
    "dataclasses.field",
    *("attr.ib", "attr.attrib", "attr.field", "attrs.field"),
    *("pydantic.Field", "pydantic.PrivateAttr", "pydantic.fields.Field", "sqlmodel.Field", "msgspec.field"),
)
_FACTORIES = ("default_factory", "factory")


def _field(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """A field's default, or what its factory makes; where it has neither, its annotation alone says what it is."""
    given = arguments.positional[0] if arguments.positional else NOTHING
    found = join(given, arguments.keywords.get("default", NOTHING))
    for name in _FACTORIES:
        for factory in arguments.keywords.get(name, NOTHING):
            found = join(found, engine.apply(scope, factory, Arguments([], {}), None, record))
    return found


TABLE: dict[str, Intrinsic] = dict.fromkeys(_SPECIFIERS, _field)
