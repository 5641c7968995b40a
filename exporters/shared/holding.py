"""What blocks hold, however deep: their cards, what opens inside which, and what hands work over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from discover.model import Hop
from exporters.shared.flow import Block, Card, Fan, Stack


@dataclass(slots=True)
class Holding:
    """What some blocks hold."""

    cards: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The keys of all cards in order, each with that of the card that opens it; empty for those that always show."""
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    """For each card that opens, how many cards show then."""
    hops: list[tuple[str, Hop]] = field(default_factory=list[tuple[str, Hop]])
    """The cards that hand work over."""
    handing: set[str] = field(default_factory=set[str])
    """Those, and the cards around them."""


class Holdings:
    """Looks into blocks; those inside cards are shared by workflows, and looked into once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[list[Block], Holding]] = {}
        """By what stands for the blocks; themselves, so that it goes on to stand for them."""

    def of(self, blocks: list[Block]) -> Holding:
        """What these blocks hold."""
        known = self._known.get(id(blocks))
        if known is None:
            known = self._known[id(blocks)] = (blocks, self._look(blocks))
        return known[1]

    def _look(self, blocks: Sequence[Block]) -> Holding:
        found = Holding()
        for card in _own_cards(blocks):
            found.cards.append((card.key, ""))
            if isinstance(card.node, Hop):
                found.hops.append((card.key, card.node))
                found.handing.add(card.key)
            if not card.inside:
                continue
            inner = self.of(card.inside)
            found.cards += [(key, parent or card.key) for key, parent in inner.cards]
            found.sizes[card.key] = sum(item.size for item in card.inside)
            found.sizes |= inner.sizes
            found.hops += inner.hops
            if inner.handing:
                found.handing |= inner.handing
                found.handing.add(card.key)
        return found


def _own_cards(blocks: Sequence[Block]) -> Iterator[Card]:
    """The cards that show before any is opened."""
    for block in blocks:
        if isinstance(block, Card):
            yield block
        elif isinstance(block, Stack):
            yield from block.cards
        else:
            if isinstance(block, Fan):
                yield block.head
            else:
                yield from _own_cards(block.items)
            for lane in block.lanes:
                yield from _own_cards(lane.items)
