"""Puts groups of cards on one plane: side by side as long as the page is wide, and then below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from exporters.html.map.places import HEIGHT, WIDTH, Placement

PAGE: Final = 1300
"""The width that a wide screen shows."""
GAP: Final = 28
_CARD_GAP: Final = 14


def shelve(groups: Sequence[Placement], alone: Sequence[str]) -> Placement:
    """One plane of all groups, in their order; below them the cards that stand alone, in rows."""
    plane = Placement([key for group in groups for key in group.keys] + list(alone), {})
    x = y = low = 0
    for group in groups:
        if x and x + group.width > PAGE:
            x, y = 0, low + GAP
        plane.cards |= {key: (x + left, y + top) for key, (left, top) in group.cards.items()}
        plane.lines |= {pair: [(x + a, y + b) for a, b in line] for pair, line in group.lines.items()}
        plane.width = max(plane.width, x + group.width)
        low = max(low, y + group.height)
        x += group.width + GAP
    top = low + GAP if groups else 3
    columns = max(1, (PAGE + _CARD_GAP) // (WIDTH + _CARD_GAP))
    for number, key in enumerate(alone):
        row, column = divmod(number, columns)
        left = 3 + column * (WIDTH + _CARD_GAP)
        plane.cards[key] = (left, top + row * (HEIGHT + _CARD_GAP))
        plane.width = max(plane.width, left + WIDTH + 3)
        low = max(low, plane.cards[key][1] + HEIGHT)
    plane.height = low + 3
    return plane
