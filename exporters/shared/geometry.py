"""The rules of a readable view, checked on its geometry: what stands on what, which line runs through which card.

The layout keeps these rules by its construction; this module does not trust that. It is used by the tests on every
view of the bundled backends and on random workflows, and by a benchmark on large real ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from exporters.shared.compose import BAND_TITLE, DRAWER_HEAD, Scene
from exporters.shared.diagram import Diagram
from exporters.shared.layout import CARD_HEIGHT, CARD_WIDTH, FRAME_HEAD, LABEL_HEIGHT, LABEL_SIZE, Route
from exporters.shared.metrics import text_width

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_CELL: Final = 256
_TOP: Final = 99
"""The depth of hand-overs, which are drawn over everything."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A broken rule, and the two things that break it."""

    rule: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something with a place: a card, a text, a segment of a line."""

    name: str
    rect: Rect
    depth: int
    owner: int = 0
    """The line that a label or segment belongs to, counted from 1."""


@dataclass(slots=True)
class _Plane:
    """Finds what lies near a rectangle, without asking everything."""

    cells: dict[tuple[int, int], list[_Thing]] = field(default_factory=dict[tuple[int, int], list[_Thing]])

    def add(self, thing: _Thing) -> None:
        for cell in _cells(thing.rect):
            self.cells.setdefault(cell, []).append(thing)

    def on(self, rect: Rect) -> Iterator[_Thing]:
        """What overlaps a rectangle; each thing once."""
        seen: set[int] = set()
        for cell in _cells(rect):
            for thing in self.cells.get(cell, ()):
                if id(thing) not in seen and overlap(rect, thing.rect):
                    seen.add(id(thing))
                    yield thing


def _cells(rect: Rect) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (int(value) // _CELL for value in rect)
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            yield x, y


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def segments(route: Route) -> list[Rect]:
    """The straight parts of a line as rectangles without width."""
    pairs = zip(route.points, route.points[1:], strict=False)
    return [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairs]


def faults(diagram: Diagram, scene: Scene) -> list[Fault]:
    """All broken rules of one view, sorted; none when it reads well."""
    return sorted(set(_Check(diagram, scene).run()))


class _Check:
    """Collects what stands where, then asks each rule."""

    def __init__(self, diagram: Diagram, scene: Scene) -> None:
        self._scene = scene
        self._depths: dict[str, int] = {}
        for key in scene.cards:
            depth, at = 0, key
            while at in diagram.parents:
                at, depth = diagram.parents[at], depth + 1
            self._depths[key] = depth
        self._titles = [band.title for band in diagram.bands]
        self._cards, self._texts = _Plane(), _Plane()
        self._all_cards = list(self._card_things())
        self._all_texts = [*self._labels(), *self._heads()]
        for card in self._all_cards:
            self._cards.add(card)
        for text in self._all_texts:
            self._texts.add(text)

    def run(self) -> Iterator[Fault]:
        yield from self._cards_apart()
        yield from self._texts_apart()
        yield from self._lines_clear()
        yield from self._drawers_clear()
        yield from self._inside()

    def _card_things(self) -> Iterator[_Thing]:
        for key, card in self._scene.cards.items():
            rect = (card.x, card.y, card.x + CARD_WIDTH, card.y + CARD_HEIGHT)
            yield _Thing(key, rect, self._depths[key])

    def _labels(self) -> Iterator[_Thing]:
        for number, (route, depth) in enumerate(self._scene.routes, start=1):
            if route.label:
                x, y, half = route.label_x, route.label_y, LABEL_HEIGHT / 2
                rect = (x, y - half, x + route.label_width, y + half)
                yield _Thing(f"label {route.label!r} of {route.source}", rect, depth, number)

    def _heads(self) -> Iterator[_Thing]:
        """Titles of bands, of open cards and of frames."""
        for area, title in zip(self._scene.bands, self._titles, strict=True):
            left, top, bottom, size = BAND_TITLE
            width = min(area.width * 0.6, text_width(title, size))
            yield _Thing(f"title {title!r}", (area.x + left, area.y + top, area.x + left + width, area.y + bottom), 0)
        for area in self._scene.drawers:
            rect = (area.x, area.y, area.x + area.width, area.y + DRAWER_HEAD)
            yield _Thing(f"title inside {area.key}", rect, area.depth + 1)
        for area in self._scene.frames:
            title = area.frame.frame.title if area.frame else ""
            width = min(area.width, text_width(title, LABEL_SIZE) + 26)
            rect = (area.x, area.y, area.x + width, area.y + FRAME_HEAD - 2)
            yield _Thing(f"title of frame {area.key}", rect, area.depth)

    def _cards_apart(self) -> Iterator[Fault]:
        for card in self._all_cards:
            for other in self._cards.on(card.rect):
                if other.name < card.name:
                    yield Fault("card on card", other.name, card.name)

    def _texts_apart(self) -> Iterator[Fault]:
        for text in self._all_texts:
            for other in self._texts.on(text.rect):
                if other.name < text.name:
                    yield Fault("label on label", other.name, text.name)
            for card in self._cards.on(text.rect):
                yield Fault("label on card", text.name, card.name)

    def _lines(self) -> Iterator[tuple[Route, int, int]]:
        for number, (route, depth) in enumerate(self._scene.routes, start=1):
            yield route, depth, number
        for hop in self._scene.hops:
            yield hop, _TOP, 0

    def _lines_clear(self) -> Iterator[Fault]:
        """A line of an outer level may pass behind an open card, whose background hides it."""
        for route, depth, number in self._lines():
            name = f"line {route.source} to {route.target}"
            for segment in segments(route):
                for card in self._cards.on(segment):
                    if card.depth <= depth:
                        yield Fault("line through card", name, card.name)
                for text in self._texts.on(segment):
                    own = number and text.owner == number
                    if not own and depth in {_TOP, text.depth}:
                        yield Fault("line through label", name, text.name)

    def _drawers_clear(self) -> Iterator[Fault]:
        """What shows inside a card covers nothing of the level that the card stands on."""
        for area in self._scene.drawers:
            rect = (area.x, area.y, area.x + area.width, area.y + area.height)
            for thing in self._cards.on(rect):
                if thing.depth <= area.depth:
                    yield Fault("open card on card", area.key, thing.name)
            for thing in self._texts.on(rect):
                if thing.depth <= area.depth:
                    yield Fault("open card on label", area.key, thing.name)

    def _inside(self) -> Iterator[Fault]:
        for key, card in self._scene.cards.items():
            band = self._scene.bands[card.band]
            if not _holds(band.x, band.y, band.width, band.height, card.x, card.y):
                yield Fault("card outside its run", key, band.key)
        for upper, lower in zip(self._scene.bands, self._scene.bands[1:], strict=False):
            if upper.y + upper.height >= lower.y:
                yield Fault("run on run", upper.key, lower.key)


def _holds(x: int, y: int, width: int, height: int, left: int, top: int) -> bool:
    return x < left <= x + width - CARD_WIDTH and y < top <= y + height - CARD_HEIGHT


def smallest_text(sizes: Iterable[float], scale: float) -> float:
    """The smallest text of a view that opens at this scale, in pixels."""
    return min(sizes) * scale
