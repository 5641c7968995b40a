"""The form of blocks: all that their geometry depends on, whatever they are called."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field

from exporters.shared.flow import Block, Card, Fan, Frame, Lane, Stack


@dataclass(slots=True)
class Form:
    """The form of some blocks, and their own cards and frames in an order that all blocks of this form have."""

    hands_over: Collection[str]
    """The cards from which hops leave."""
    parts: list[Hashable] = field(default_factory=list[Hashable])
    cards: list[Card] = field(default_factory=list[Card])
    frames: list[Frame] = field(default_factory=list[Frame])

    def key(self) -> tuple[Hashable, ...]:
        """Equal for blocks that are drawn alike."""
        return tuple(self.parts)

    def take(self, blocks: Sequence[Block]) -> None:
        """Add a sequence."""
        self.parts.append(len(blocks))
        for block in blocks:
            if isinstance(block, Card):
                self._card(block)
            elif isinstance(block, Stack):
                self.parts.append(("stack", len(block.cards)))
                for card in block.cards:
                    self._card(card)
            elif isinstance(block, Fan):
                self.parts.append(("fan", block.need))
                self._card(block.head)
                self._lanes(block.lanes)
            else:
                self.parts.append(("frame", block.kind == "loop", block.need))
                self.frames.append(block)
                self.take(block.items)
                self._lanes(block.lanes)

    def _card(self, card: Card) -> None:
        self.cards.append(card)
        self.parts.append((card.ends, card.need, card.inside is None, card.key in self.hands_over))

    def _lanes(self, lanes: Sequence[Lane]) -> None:
        self.parts.append(len(lanes))
        for lane in lanes:
            self.parts.append((lane.label, lane.style, lane.ends, lane.need, lane.size))
            self.take(lane.items)
