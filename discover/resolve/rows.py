"""Tables as code writes them: a display whose items are rows, `[("/orders", Orders), …]`, for a loop to take apart.

A row's items belong together, so many more places are told apart than of other lists. What a loop's names can be in
all of them is kept in one row for those that a slot has no room for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve.containers import ITEM_LIMIT
from discover.resolve.values import CONTAINER_LIMIT, ContainerValue, Slot, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

ROW_LIMIT: Final = 200
"""So many rows of a table are told apart."""


def places_of(display: ir.Sequence) -> int:
    """So many places of a display are told apart: fewer where its items are no rows."""
    return ROW_LIMIT if is_table(display, ir.Sequence) or is_table(display, ir.Mapping) else ITEM_LIMIT


def is_table(display: ir.Sequence, kind: type[ir.Expr]) -> bool:
    """Whether a list has more rows of this kind than a slot has room for."""
    return len(display.items) > CONTAINER_LIMIT and all(type(item) is kind for item in display.items)


def joined(engine: Engine, display: ir.Sequence, row: Values) -> Values:
    """One row for all of a table of sequences, with what this row holds in it, too."""
    kinds = [value.kind for value in row if isinstance(value, ContainerValue)]
    if not kinds:
        return row
    whole = engine.intern.container(display.items, kinds[0])
    whole.is_joined = True
    for value in row:
        if isinstance(value, ContainerValue):
            whole.written_by(engine.current)
            engine.write(whole.element, engine.read(value.element))
            engine.write(whole.key, engine.read(value.key))
            for place, slot in list(value.items.items()):
                engine.write(whole.items.setdefault(place, Slot()), engine.read(slot))
    return (whole,)
