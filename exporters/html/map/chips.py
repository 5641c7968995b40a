"""What stands at the foot of a card: the systems that it touches and has no line to, in as many words as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from exporters.html.map.places import WIDTH
from exporters.shared.metrics import clip, text_width

SIZE: Final = 12
HIGH: Final = 18
LEFT: Final = 11
TOP: Final = 46
ROWS: Final = 2
_STEP: Final = 22
_GAP: Final = 4
_RIGHT: Final = WIDTH - 9
_LONGEST: Final = 26
_MORE: Final = 40
"""Room for the number of those that do not fit."""


class Label(NamedTuple):
    """What a chip says."""

    text: str
    style: str
    """`hop`, `external` or `store`, as in a workflow's view."""
    system: int
    """The number of the system that it leads to; -1: to none."""


class Chip(NamedTuple):
    """A chip and its place in its card."""

    label: Label
    x: int
    y: int
    width: int


def pack(labels: Sequence[Label]) -> tuple[list[Chip], Chip | None]:
    """The chips that fit, in order; and one for the number of all others."""
    chips: list[Chip] = []
    x, row = LEFT, 0
    for at, label in enumerate(labels):
        text = clip(label.text, _LONGEST)
        width = _width(text)
        rest = len(labels) - at - 1
        if x + width > _RIGHT - (_MORE if rest and row == ROWS - 1 else 0):
            if row == ROWS - 1:
                return chips, _more(len(labels) - at, x, row)
            x, row = LEFT, row + 1
            if x + width > _RIGHT - (_MORE if rest else 0):
                return chips, _more(len(labels) - at, x, row)
        chips.append(Chip(label._replace(text=text), x, TOP + row * _STEP, width))
        x += width + _GAP
    return chips, None


def _more(count: int, x: int, row: int) -> Chip:
    text = f"+{count}"
    return Chip(Label(text, "more", -1), x, TOP + row * _STEP, _width(text))


def _width(text: str) -> int:
    return int(text_width(text, SIZE)) + 11
