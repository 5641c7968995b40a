"""Tuples whose items have names: `Context = namedtuple("Context", "session user")`, made anew by each call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve import containers
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, Slot, Value, Values

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope

_DECLARING = "collections.namedtuple"
_MAKING = f"{_DECLARING}()"


def field(engine: Engine, value: ContainerValue, name: str) -> Values:
    """What stands under a field's name."""
    slot = value.items.get(value.fields.index(name))
    return engine.read(slot) if slot is not None else NOTHING


def _declare(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """What makes such tuples; it knows the fields' names, as one text."""
    given = arguments.at(1, "field_names")
    names = _names(engine, given)
    return (engine.intern.external(_MAKING, engine.intern.constant(" ".join(names)) if names else None),)


def _names(engine: Engine, given: Values) -> list[str]:
    for value in given:
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            return value.value.replace(",", " ").split()
        if isinstance(value, ContainerValue):
            items = [engine.read(slot) for place, slot in sorted(value.items.items()) if isinstance(place, int)]
            return [str(one.value) for item in items for one in item if isinstance(one, ConstantValue)]
    return []


def _make(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ConstantValue):
        return (engine.intern.external(f"{_MAKING}()"),)
    made = engine.intern.container(record, "tuple")
    made.fields = tuple(str(receiver.value).split()[: containers.ITEM_LIMIT])
    made.written_by(engine.current)
    given = dict(zip(made.fields, arguments.positional, strict=False)) | arguments.keywords
    for place, name in enumerate(made.fields):
        engine.write(made.items.setdefault(place, Slot()), given.get(name, NOTHING))
        engine.write(made.element, given.get(name, NOTHING))
    return (made,)


def _same(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`context._replace(user=other)`: the new tuple holds what the old one may hold."""
    if isinstance(receiver, ContainerValue):
        for name, values in arguments.keywords.items():
            if name in receiver.fields:
                engine.write(receiver.items.setdefault(receiver.fields.index(name), Slot()), values)
                engine.write(receiver.element, values)
    return (receiver,) if receiver is not None else NOTHING


TABLE: dict[str, Intrinsic] = {_DECLARING: _declare, _MAKING: _make, "builtins.tuple._replace": _same}
