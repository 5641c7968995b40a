"""Places blocks on a grid of cells.

Sequences run to the right and wrap like text, the lanes of a fan stand below each other, and what follows a fan
joins behind it. A turn of a loop ends at the right border of its frame, and what follows the loop begins there.

Invariants that the routing rests on: a block has a rectangle of cells of its own; its first card is in the
rectangle's top left cell; right of a card that leads out of a block, the row is free up to the rectangle's edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from exporters.shared.flow import Block, Card, Fan, Frame, Lane, Stack, hangs, main_lane


@dataclass(slots=True)
class Exit:
    """A line that has left a card (or, for a negative `source`, frame `-1 - source`) and has no end yet."""

    source: int
    row: int
    """The row that it travels in."""
    trunk: bool = False
    """It leaves downwards at the left, not at the right side."""
    style: str = ""
    label: str = ""


@dataclass(slots=True)
class Wrap:
    """A line break: the column gap down, the row gap to the left, the column gap to the target."""

    down: int
    gap: int
    back: int
    outside_right: bool
    """A frame ends at the gap down, and the line goes round it."""
    outside_left: bool
    """A frame starts at the gap to the target."""
    below: bool = False
    """It begins below the loop whose frame it leaves, and not right of it, where frames around it end, too."""


@dataclass(slots=True)
class Link:
    """A finished line: from an exit to a card, where needed around a line break, or straight to a frame's border."""

    exit: Exit
    target: int
    """A card, or a frame as in `Exit`."""
    join: int = -1
    """The column gap in which it changes to the target's row."""
    wrap: Wrap | None = None
    hang: bool = False
    """Straight down from the source to the target below it."""


@dataclass(slots=True)
class FrameCells:
    """A frame's cells, and how many frames inside it share each of its sides."""

    frame: Frame
    left: int
    top: int
    right: int
    bottom: int
    levels: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Left, top, right, bottom."""


@dataclass(slots=True)
class Grid:
    """Cards and frames in cells, and the lines between them."""

    cards: list[Card] = field(default_factory=list[Card])
    cols: list[int] = field(default_factory=list[int])
    rows: list[int] = field(default_factory=list[int])
    cuts: list[int] = field(default_factory=list[int])
    """For each card the row under which its inside may be shown."""
    frames: list[FrameCells] = field(default_factory=list[FrameCells])
    links: list[Link] = field(default_factory=list[Link])
    exits: list[int] = field(default_factory=list[int])
    """Cards (or frames, as in `Exit`) after which the sequence is at its end."""
    width: int = 0
    height: int = 0


def place(items: Sequence[Block], columns: int) -> Grid:
    """Place a sequence on a grid that is `columns` wide where its nesting lets it be."""
    placer = _Placer()
    width, height, exits = placer.sequence(items, 0, 0, columns, [])
    placer.grid.exits = list(dict.fromkeys(one.source for one in exits))
    placer.grid.width, placer.grid.height = width, height
    return placer.grid


Placed = tuple[int, int, list[Exit]]
"""Columns, rows, and the lines that lead on."""


class _Placer:
    def __init__(self) -> None:
        self.grid = Grid()

    def sequence(self, items: Sequence[Block], col: int, row: int, limit: int, exits: list[Exit]) -> Placed:
        """Place items from left to right, in several lines where one is not enough."""
        at, top, line_height, line_right, right = col, row, 0, col, col
        line: list[int] = []
        line_frames = len(self.grid.frames)
        before: Block | None = None
        for item in items:
            wrap: Wrap | None = None
            if at > col and at + item.need > limit and (item.need <= limit - col or limit - at < 3):
                self._cut_below(line, top, line_height)
                line = []
                top += line_height
                ends = any(one.right == line_right - 1 for one in self.grid.frames[line_frames:])
                below = isinstance(before, Frame) and before.kind == "loop"
                wrap = Wrap(line_right, top, col, ends, isinstance(item, Frame), below)
                line_frames = len(self.grid.frames)
                at, line_height, line_right = col, 0, col
            entry = len(self.grid.cards)
            if not isinstance(item, Stack):
                self._link(exits, entry, at, top, wrap)
            if isinstance(item, Card):
                line.append(entry)
            width, height, exits = self._block(item, at, top, limit)
            before = item
            at += width
            line_right, right = at, max(right, at)
            line_height = max(line_height, height)
        self._cut_below(line, top, line_height)
        return right - col, top + line_height - row, exits

    def _cut_below(self, line: list[int], top: int, height: int) -> None:
        """The inside of a card shows below its whole line, unless that is so high that it would be far away."""
        if height == 2:
            for index in line:
                self.grid.cuts[index] = top + 1

    def _link(self, exits: list[Exit], entry: int, col: int, row: int, wrap: Wrap | None) -> None:
        for one in exits:
            join = col if wrap is None and one.row != row else -1
            self.grid.links.append(Link(one, entry, join, wrap))

    def _block(self, item: Block, col: int, row: int, limit: int) -> Placed:
        if isinstance(item, Card):
            index = self._card(item, col, row)
            return 1, 1, [] if item.ends else [Exit(index, row)]
        if isinstance(item, Fan):
            return self._fan(item, col, row, limit)
        if isinstance(item, Frame):
            return self._frame(item, col, row, limit)
        exits = [Exit(self._card(card, col, row + i), row + i) for i, card in enumerate(item.cards)]
        return 1, len(exits), exits

    def _card(self, card: Card, col: int, row: int) -> int:
        grid = self.grid
        grid.cards.append(card)
        grid.cols.append(col)
        grid.rows.append(row)
        grid.cuts.append(row)
        return len(grid.cards) - 1

    def _fan(self, fan: Fan, col: int, row: int, limit: int) -> Placed:
        head = self._card(fan.head, col, row)
        if not fan.lanes:
            return 1, 1, [Exit(head, row)]
        main = main_lane(fan.lanes)
        out = Exit(head, row, style=main.style, label=main.label)
        width, height, exits = 0, 1, [out]
        if main.items:
            width, height, exits = self._lane(main, col + 1, row, limit, out)
        elif main.ends:
            exits = []
        rest = [lane for lane in fan.lanes if lane is not main]
        below_width, below_height, more = self._below(rest, head, col, row + 1, row + height, limit)
        return 1 + max(width, below_width - 1), max(height, below_height - row), exits + more

    def _frame(self, item: Frame, col: int, row: int, limit: int) -> Placed:
        inner = len(self.grid.frames)
        width, height, exits = self.sequence(item.items, col, row, limit, [])
        cells = FrameCells(item, col, row, col + width - 1, row + height - 1)
        cells.levels = _levels(cells, self.grid.frames[inner:])
        self.grid.frames.append(cells)
        source = -len(self.grid.frames)
        if item.kind == "loop":
            self.grid.links += [Link(one, source) for one in exits]
            exits = [Exit(source, row)]
        below = row + height
        lanes_width, lanes_bottom, more = self._below(item.lanes, source, col, below, below, limit)
        return max(width, lanes_width), max(height, lanes_bottom - row), exits + more

    def _below(self, lanes: list[Lane], source: int, col: int, hang: int, row: int, limit: int) -> Placed:
        """Place lanes that leave their source downwards; returns the columns, the row below them, and the exits."""
        if len(lanes) == 1 and hangs(lanes[0]):
            lane = lanes[0]
            card = lane.items[0]
            assert isinstance(card, Card)
            index = self._card(card, col, hang)
            exit_ = Exit(source, hang, trunk=True, style=lane.style, label=lane.label)
            self.grid.links.append(Link(exit_, index, hang=True))
            return 1, hang + 1, []
        width, exits = 0, list[Exit]()
        for lane in lanes:
            out = Exit(source, row, trunk=True, style=lane.style, label=lane.label)
            if lane.items:
                lane_width, height, lane_exits = self._lane(lane, col + 1, row, limit, out)
                width = max(width, 1 + lane_width)
                exits.extend(lane_exits)
                row += height
            elif not lane.ends:
                exits.append(out)
                width = max(width, 1)
                row += 1
        return width, row, exits

    def _lane(self, lane: Lane, col: int, row: int, limit: int, out: Exit) -> Placed:
        width, height, exits = self.sequence(lane.items, col, row, max(limit, col + min(lane.need, 2)), [out])
        return width, height, [] if lane.ends else exits


def _levels(cells: FrameCells, inner: list[FrameCells]) -> tuple[int, int, int, int]:
    left = top = right = bottom = 0
    for one in inner:
        if one.left == cells.left:
            left = max(left, one.levels[0] + 1)
        if one.top == cells.top:
            top = max(top, one.levels[1] + 1)
        if one.right == cells.right:
            right = max(right, one.levels[2] + 1)
        if one.bottom == cells.bottom:
            bottom = max(bottom, one.levels[3] + 1)
    return left, top, right, bottom
