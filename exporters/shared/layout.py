"""Geometry of sequences of blocks: cards, frames and lines in whole pixels, computed without a font or a browser.

Cards stand in the cells of a grid; everything else runs in the gaps between them. Each gap is as wide as what it
holds: tracks for lines (no two lines share one unless they lead to the same card), borders of frames, labels. So no
line passes through a card, and no label stands on another, by construction; the tests check both.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

from exporters.shared.flow import Block, Card, Frame, behind
from exporters.shared.form import Form
from exporters.shared.gaps import COLUMN_ZONES, ROW_ZONES, Gaps, Zone
from exporters.shared.grid import Exit, Grid, Link, Wrap, place
from exporters.shared.holding import Holdings
from exporters.shared.metrics import text_width

COLUMNS: Final = 5
CARD_WIDTH: Final = 196
CARD_HEIGHT: Final = 62
THIN: Final = 24
"""Height of a row that only lines pass."""
TRUNK: Final = 26
"""Where, from a card's left, lines leave it downwards."""
LABEL_SIZE: Final = 11
BOLD: Final = 1.25
"""How much wider than plain text the bold text of a label is."""
LABEL_HEIGHT: Final = 15
FRAME_HEAD: Final = 24
FRAME_PAD: Final = 9
FRAME_OUT: Final = 12
"""How far from the middle of its row a line leaves a loop, at least."""


@dataclass(slots=True)
class PlacedCard:
    """A card and its place in its box."""

    card: Card
    x: int
    y: int
    cut: int
    """Where room is made for its inside when it is opened: what is below this line moves down."""
    out: int
    """The height at which its hand-overs leave to the right; -1 when it has none."""
    last: bool
    """Nothing stands below it in its box."""
    inside: Box | None = None


@dataclass(slots=True)
class PlacedFrame:
    """A frame and its place in its box."""

    frame: Frame
    x: int
    y: int
    width: int
    height: int


@dataclass(slots=True)
class Route:
    """A line between cards or frames, and the place of its label."""

    source: str
    target: str
    style: str
    points: list[tuple[int, int]]
    label: str = ""
    label_x: int = 0
    label_y: int = 0
    label_width: int = 0
    """The label's left edge, middle, and the width that it must not pass."""

    def label_place(self) -> tuple[int, int, int]:
        """The three of them."""
        return self.label_x, self.label_y, self.label_width


@dataclass(slots=True)
class Box:
    """The geometry of one sequence, with its origin at the top left."""

    width: int = 0
    height: int = 0
    cards: list[PlacedCard] = field(default_factory=list[PlacedCard])
    frames: list[PlacedFrame] = field(default_factory=list[PlacedFrame])
    routes: list[Route] = field(default_factory=list[Route])
    exits: list[str] = field(default_factory=list[str])
    """Keys of what the flow leaves the box from: it goes on behind the card that holds the box."""


class Boxes:
    """The boxes of blocks: those with the same blocks, that hand over from the same cards, are the same.

    Blocks of the same form have the same geometry, which is computed once.
    """

    def __init__(self) -> None:
        self.holdings = Holdings()
        self._boxes: dict[tuple[int, tuple[str, ...], frozenset[str]], Box] = {}
        self._forms: dict[Hashable, tuple[Form, Box]] = {}

    def box(self, blocks: list[Block], hands_over: Collection[str], entries: Sequence[Card] = ()) -> Box:
        """The box of blocks behind the cards from which their run begins, or of those inside a card.

        `hands_over` names the cards from which hops leave, and those around them.
        """
        handing = self.holdings.of(blocks).handing.intersection(hands_over)
        key = (id(blocks), tuple(card.key for card in entries), frozenset(handing))
        box = self._boxes.get(key)
        if box is None:
            box = self._boxes[key] = self._formed(behind(entries, blocks) if entries else blocks, handing)
            for placed in box.cards:
                placed.inside = self.box(placed.card.inside, handing) if placed.card.inside else None
        return box

    def _formed(self, items: Sequence[Block], hands_over: Collection[str]) -> Box:
        form = Form(hands_over)
        form.take(items)
        key = form.key()
        if key in self._forms:
            known, box = self._forms[key]
            return _renamed(box, known, form)
        box = _laid_out(items, hands_over)
        self._forms[key] = (form, box)
        return box


def _renamed(box: Box, known: Form, form: Form) -> Box:
    """The box of other blocks of the same form."""
    cards = {old.key: new for old, new in zip(known.cards, form.cards, strict=True)}
    frames = {old.key: new for old, new in zip(known.frames, form.frames, strict=True)}
    names = {old: new.key for old, new in [*cards.items(), *frames.items()]}
    return Box(
        box.width,
        box.height,
        [PlacedCard(cards[one.card.key], one.x, one.y, one.cut, one.out, one.last) for one in box.cards],
        [PlacedFrame(frames[one.frame.key], one.x, one.y, one.width, one.height) for one in box.frames],
        [
            Route(names[one.source], names[one.target], one.style, one.points, one.label, *one.label_place())
            for one in box.routes
        ],
        [names[one] for one in box.exits],
    )


def _laid_out(items: Sequence[Block], hands_over: Collection[str]) -> Box:
    grid = place(items, COLUMNS)
    gaps = Gaps(grid.width, grid.height)
    _reserve(grid, gaps, hands_over)
    full = [False] * grid.height
    for row in grid.rows:
        full[row] = True
    gaps.settle(CARD_WIDTH, [CARD_HEIGHT if one else THIN for one in full])
    box = Box(gaps.width, gaps.height)
    for index, card in enumerate(grid.cards):
        x, y, row = gaps.x[grid.cols[index]], gaps.y[grid.rows[index]], grid.rows[index]
        out = gaps.row_track(Zone.OUT, row + 1, _hop_key(index)) if card.key in hands_over else -1
        cut = gaps.zone_end(ROW_ZONES, Zone.OUT, grid.cuts[index] + 1)
        box.cards.append(PlacedCard(card, x, y, cut, out, row == grid.height - 1))
    box.frames = [_frame_box(grid, gaps, index) for index in range(len(grid.frames))]
    box.routes = [_Router(grid, gaps, box).route(link) for link in grid.links]
    box.exits = [grid.cards[one].key if one >= 0 else grid.frames[-1 - one].frame.key for one in grid.exits]
    return box


def _hop_key(index: int) -> int:
    """A bundle of its own for what leaves a card; targets of links use their index itself."""
    return -1 - index


def _reserve(grid: Grid, gaps: Gaps, hands_over: Collection[str]) -> None:
    """Tell the gaps what they will hold."""
    for cells in grid.frames:
        left, top, right, bottom = cells.levels
        gaps.frame(cells.left, cells.top, cells.right, cells.bottom, (left + 1, top + 1, right + 1, bottom + 1))
    for link in grid.links:
        _reserve_link(grid, gaps, link)
    for index, card in enumerate(grid.cards):
        if card.key in hands_over:
            span = (2 * grid.cols[index] + 1, 2 * grid.width)
            gaps.row_need(Zone.OUT, grid.rows[index] + 1, _hop_key(index), span)


def _reserve_link(grid: Grid, gaps: Gaps, link: Link) -> None:
    start, target = link.exit, link.target
    row = grid.rows[target] if target >= 0 else start.row
    if link.hang:
        if start.label:
            gaps.hang_label(row)
        return
    if start.label and not start.trunk:
        gaps.side_label(grid.cols[start.source] + 1, _label_width(start.label))
    if link.join >= 0:
        gaps.column_need(Zone.JOIN, link.join, target, (2 * row + 1, 2 * start.row + 1))
    if link.wrap:
        wrap = link.wrap
        down = 2 * wrap.down
        if wrap.below:
            down = 2 * grid.frames[-1 - start.source].left + 1
        else:
            gaps.column_need(_down_zone(wrap), wrap.down, target, (2 * start.row + 1, 2 * wrap.gap))
        gaps.row_need(Zone.TRACKS, wrap.gap, target, (2 * wrap.back, down))
        gaps.column_need(_back_zone(wrap), wrap.back, target, (2 * wrap.gap, 2 * row + 1))


def _down_zone(wrap: Wrap) -> Zone:
    """Line breaks stay near their own cards, but go around a frame that ends there."""
    return Zone.JOIN if wrap.outside_right else Zone.RIGHT


def _back_zone(wrap: Wrap) -> Zone:
    return Zone.JOIN if wrap.outside_left else Zone.LEFT


def _label_width(label: str) -> int:
    return int(text_width(label, LABEL_SIZE) * BOLD) + 10


def _frame_box(grid: Grid, gaps: Gaps, index: int) -> PlacedFrame:
    cells = grid.frames[index]
    left, top, right, bottom = cells.levels
    x = gaps.zone_end(COLUMN_ZONES, Zone.STARTS, cells.left) - FRAME_PAD * left - 4
    y = gaps.zone_end(ROW_ZONES, Zone.STARTS, cells.top) - FRAME_HEAD * (top + 1) + 2
    end_x = gaps.zone_start(COLUMN_ZONES, Zone.ENDS, cells.right + 1) + FRAME_PAD * right + 5
    end_y = gaps.zone_start(ROW_ZONES, Zone.ENDS, cells.bottom + 1) + FRAME_PAD * bottom + 5
    return PlacedFrame(cells.frame, x, y, end_x - x, end_y - y)


class _Router:
    """Turns links into polylines."""

    def __init__(self, grid: Grid, gaps: Gaps, box: Box) -> None:
        self.grid, self.gaps, self.box = grid, gaps, box

    def route(self, link: Link) -> Route:
        start = link.exit
        key, trunk_x, bottom, side = self._source(start)
        target = self.box.cards[link.target] if link.target >= 0 else self.box.frames[-1 - link.target]
        route = Route(key, _key(target), start.style, [], start.label)
        if link.hang:
            route.points = [(trunk_x, bottom), (trunk_x, target.y)]
            label_y = self.gaps.zone_start(ROW_ZONES, Zone.LABEL, start.row) + LABEL_HEIGHT // 2 + 2
            self._label(route, trunk_x + 6, label_y, CARD_WIDTH - TRUNK - 6)
            return route
        row_y = self.gaps.y[start.row] + self.gaps.heights[start.row] // 2 + self._aside(start)
        if link.wrap and link.wrap.below:
            route.points = [(trunk_x, bottom)]
        else:
            route.points = [(trunk_x, bottom), (trunk_x, row_y)] if start.trunk else [(side, row_y)]
        self._label(route, (trunk_x if start.trunk else side) + 8, row_y, CARD_WIDTH - TRUNK - 8)
        if isinstance(target, PlacedCard):
            self._finish(route, link, row_y, target)
        else:
            route.points.append((target.x + target.width, row_y))
        return route

    def _aside(self, start: Exit) -> int:
        """How far from the middle of its row a line leaves a loop: apart from those of turns, and of other loops."""
        if start.source >= 0 or start.trunk:
            return 0
        level = self.grid.frames[-1 - start.source].levels[2]
        return (FRAME_OUT + 4 * (level // 2)) * (-1 if level % 2 else 1)

    def _source(self, start: Exit) -> tuple[str, int, int, int]:
        """The key of what a line leaves, where it leaves it downwards, its lower edge, and its right one."""
        if start.source >= 0:
            card = self.box.cards[start.source]
            return card.card.key, card.x + TRUNK, card.y + CARD_HEIGHT, card.x + CARD_WIDTH
        frame = self.box.frames[-1 - start.source]
        trunk_x = self.gaps.x[self.grid.frames[-1 - start.source].left] + TRUNK
        return frame.frame.key, trunk_x, frame.y + frame.height, frame.x + frame.width

    def _label(self, route: Route, x: int, y: int, room: int) -> None:
        if route.label:
            route.label_x, route.label_y = x, y
            route.label_width = min(_label_width(route.label), room)

    def _finish(self, route: Route, link: Link, row_y: int, target: PlacedCard) -> None:
        points, end_y = route.points, target.y + CARD_HEIGHT // 2
        if link.join >= 0:
            x = self.gaps.column_track(Zone.JOIN, link.join, link.target)
            points += [(x, row_y), (x, end_y)]
        elif link.wrap:
            wrap = link.wrap
            y = self.gaps.row_track(Zone.TRACKS, wrap.gap, link.target)
            back_x = self.gaps.column_track(_back_zone(wrap), wrap.back, link.target)
            if wrap.below:
                points.append((points[0][0], y))
            else:
                x = self.gaps.column_track(_down_zone(wrap), wrap.down, link.target)
                points += [(x, row_y), (x, y)]
            points += [(back_x, y), (back_x, end_y)]
        else:
            end_y = row_y
        points.append((target.x, end_y))


def _key(placed: PlacedCard | PlacedFrame) -> str:
    return placed.card.key if isinstance(placed, PlacedCard) else placed.frame.key
