"""What is put into a queue of the process is what is taken from it: told apart by the call that made the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.resolve.values import NOTHING, SITE, ConstantValue, Slot, Value, Values, bound, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope

_CLASSES: Final = ("queue.Queue", "asyncio.Queue", "multiprocessing.Queue")
_ITEMS: Final = "items of a queue"
QUEUES: Final = 8
"""An object that may be any of more queues than this does not tell which one is meant."""


def _slots(engine: Engine, queue: Value | None) -> Iterator[Slot]:
    """What is in the queues that an object may be."""
    made = bound(queue, SITE)
    for one in made if len(made) <= QUEUES else ():
        if isinstance(one, ConstantValue):
            yield engine.services.kept.setdefault((_ITEMS, str(one.value), ""), Slot())


def _put(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    given = arguments.positional[0] if arguments.positional else NOTHING
    for slot in _slots(engine, receiver):
        engine.write(slot, given or arguments.keywords.get("item", arguments.keywords.get("obj", NOTHING)))
    return NOTHING


def _get(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    declared = bound(receiver, "T")
    found = declared
    for slot in _slots(engine, receiver):
        found = join(found, engine.read(slot))
    if not found:
        engine.ask_again()
    return found


TABLE: dict[str, Intrinsic] = {
    **{f"{cls}.{name}": _put for cls in _CLASSES for name in ("put", "put_nowait")},
    **{f"{cls}.{name}": _get for cls in _CLASSES for name in ("get", "get_nowait")},
}
