"""Bodies that are the same: the document repeats a helper's body in each workflow that calls it."""

from __future__ import annotations

import msgspec

from discover.model import Node


class Bodies:
    """Knows each body by the first one that says the same, so that what is made of a body is made once."""

    def __init__(self) -> None:
        self._first: dict[bytes, tuple[Node, ...]] = {}
        self._known: dict[int, tuple[tuple[Node, ...], tuple[Node, ...]]] = {}
        """By what stands for a body: itself, which keeps that number its own, and the first that says the same."""

    def first(self, body: tuple[Node, ...]) -> tuple[Node, ...]:
        """The first of the bodies that say the same; its `id` can stand for all of them."""
        known = self._known.get(id(body))
        if known is None:
            first = self._first.setdefault(msgspec.msgpack.encode(body), body)
            known = self._known[id(body)] = (body, first)
        return known[1]
