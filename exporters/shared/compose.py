"""Puts boxes together for a given set of open cards.

Rows move down where an inside is shown, bands stand below each other, hand-overs run round them. The page does the
same sums in JavaScript whenever a card is opened (`scene.js`); this is the definition, and what other exporters use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from exporters.shared.diagram import Diagram
from exporters.shared.layout import CARD_HEIGHT, CARD_WIDTH, TRUNK, Box, PlacedCard, PlacedFrame, Route

DRAWER_HEAD: Final = 26
DRAWER_GAP: Final = 10
BAND_HEAD: Final = 36
BAND_TITLE: Final = (20, 12, 32, 13.5)
"""A band's title: its left edge, top and bottom from those of the band, and its size."""
BAND_SIDE: Final = 26
BAND_FOOT: Final = 8
BAND_GAP: Final = 34
LANE: Final = 12
"""From a band's left edge to the line that comes in."""
BUS: Final = 20
BUS_TRACK: Final = 10


@dataclass(slots=True)
class SceneCard:
    """A visible card at its final place."""

    placed: PlacedCard
    x: int
    y: int
    out: int
    band: int
    free: bool
    """Nothing stands below it in its band."""


@dataclass(slots=True)
class Area:
    """A rectangle of the scene: a band, a drawer or a frame."""

    key: str
    x: int
    y: int
    width: int
    height: int
    depth: int = 0
    frame: PlacedFrame | None = None


@dataclass(slots=True)
class Scene:
    """What is visible, with absolute places."""

    cards: dict[str, SceneCard] = field(default_factory=dict[str, SceneCard])
    bands: list[Area] = field(default_factory=list[Area])
    drawers: list[Area] = field(default_factory=list[Area])
    frames: list[Area] = field(default_factory=list[Area])
    routes: list[tuple[Route, int]] = field(default_factory=list[tuple[Route, int]])
    """Lines, each with the depth of the drawer that it is drawn in."""
    hops: list[Route] = field(default_factory=list[Route])
    width: int = 0
    height: int = 0


def compose(diagram: Diagram, opened: set[str]) -> Scene:
    """Lay out the whole view with these cards open."""
    scene = Scene()
    top = BAND_GAP
    for index, band in enumerate(diagram.bands):
        width, height = _box(scene, band.box, opened, BAND_SIDE, top + BAND_HEAD, 0, index, True)
        height += BAND_HEAD + BAND_FOOT
        scene.bands.append(Area(band.key, 0, top, width + 2 * BAND_SIDE, height))
        scene.width = max(scene.width, width + 2 * BAND_SIDE)
        top += height + BAND_GAP
    for area in scene.bands:
        area.width = scene.width
    scene.height = top
    bus = scene.width + BUS
    _hops(diagram, scene, bus)
    tracks = max(diagram.buses.values(), default=-1) + 1
    scene.width = bus + BUS_TRACK * tracks if tracks else scene.width
    return scene


def _box(
    scene: Scene, box: Box, opened: set[str], x: int, y: int, depth: int, band: int, free: bool
) -> tuple[int, int]:
    """Place a box and the drawers that are open in it; returns its width and height."""
    width = box.width
    moves: list[tuple[int, int]] = []
    moved = 0
    drawers = sorted((c for c in box.cards if c.inside and c.card.key in opened), key=lambda c: (c.cut, c.x))
    for card in drawers:
        assert card.inside
        at_y = y + card.cut + moved + DRAWER_GAP
        size = inner_width(card.inside, opened)
        at_x = x + max(0, min(card.x - 16, box.width - size))
        area = Area(card.card.key, at_x, at_y, size, 0, depth)
        scene.drawers.append(area)
        _, height = _box(scene, card.inside, opened, at_x, at_y + DRAWER_HEAD, depth + 1, band, False)
        area.height = height + DRAWER_HEAD
        width = max(width, at_x - x + size)
        moved += area.height + DRAWER_GAP
        moves.append((card.cut, area.height + DRAWER_GAP))

    def down(value: int) -> int:
        return y + value + sum(height for cut, height in moves if value > cut)

    for card in box.cards:
        out = down(card.out) if card.out >= 0 else -1
        alone = free and card.last and not any(cut == card.cut for cut, _ in moves)
        scene.cards[card.card.key] = SceneCard(card, x + card.x, down(card.y), out, band, alone)
    for frame in box.frames:
        at = down(frame.y)
        size = down(frame.y + frame.height) - at
        scene.frames.append(Area(frame.frame.key, x + frame.x, at, frame.width, size, depth, frame))
    for route in box.routes:
        points = [(x + px, down(py)) for px, py in route.points]
        moved_route = Route(route.source, route.target, route.style, points, route.label)
        moved_route.label_x, moved_route.label_y = x + route.label_x, down(route.label_y)
        moved_route.label_width = route.label_width
        scene.routes.append((moved_route, depth))
    return width, box.height + moved


def inner_width(box: Box, opened: set[str]) -> int:
    """The width of a box with its open drawers."""
    width = box.width
    for card in box.cards:
        if card.inside and card.card.key in opened:
            size = inner_width(card.inside, opened)
            width = max(width, max(0, min(card.x - 16, box.width - size)) + size)
    return width


def _hops(diagram: Diagram, scene: Scene, bus: int) -> None:
    drawn: set[tuple[str, int, bool]] = set()
    for hop in diagram.hops:
        source = hop.source
        while source not in scene.cards:
            source = diagram.parents[source]
        if (source, hop.band, hop.inline) in drawn:
            continue
        drawn.add((source, hop.band, hop.inline))
        card = scene.cards[source]
        target = scene.bands[hop.band]
        entry = scene.cards[diagram.bands[hop.band].entries[0]]
        gutter, lane = target.y - BAND_GAP // 2, target.x + LANE
        x = card.x + CARD_WIDTH - TRUNK
        points = [(x, card.y + CARD_HEIGHT)]
        if card.free and hop.band == card.band + 1:
            points += [(x, gutter)]
        else:
            right = bus + BUS_TRACK * diagram.buses[hop.band]
            points += [(x, card.out), (right, card.out), (right, gutter)]
        middle = entry.y + CARD_HEIGHT // 2
        points += [(lane, gutter), (lane, middle), (entry.x, middle)]
        scene.hops.append(Route(source, entry.placed.card.key, hop.kind, points))
