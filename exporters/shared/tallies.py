"""What stands inside a folded call, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discover.model import Call, Decision, Hop, Node, Step, Wait
from exporters.shared.bodies import Bodies
from exporters.shared.nodes import inner_bodies

_COUNTED: Final[dict[type[Node], int]] = {Step: 0, Decision: 1, Hop: 2, Wait: 3}
_WORDS: Final = ("step", "decision", "hand-over", "wait")


class Tallies:
    """Counts what bodies hold; those of calls once for all workflows."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._known: dict[int, list[int]] = {}
        self._words: dict[int, str] = {}

    def words(self, body: tuple[Node, ...]) -> str:
        """For example `5 steps, 2 decisions, 1 hand-over`; empty where there is none of these."""
        key = id(self._bodies.first(body))
        found = self._words.get(key)
        if found is None:
            pairs = zip(self._call(body), _WORDS, strict=True)
            found = ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in pairs if number)
            self._words[key] = found
        return found

    def _call(self, body: tuple[Node, ...]) -> list[int]:
        first = self._bodies.first(body)
        counts = self._known.get(id(first))
        if counts is None:
            counts = self._known[id(first)] = [0] * len(_WORDS)
            self._count(first, counts)
        return counts

    def _count(self, body: Sequence[Node], counts: list[int]) -> None:
        for node in body:
            counted = _COUNTED.get(type(node))
            if counted is not None:
                counts[counted] += 1
            if isinstance(node, Call):
                for at, number in enumerate(self._call(node.body)):
                    counts[at] += number
                continue
            for inner in inner_bodies(node):
                self._count(inner, counts)
