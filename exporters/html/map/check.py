"""The rules of a readable map, checked on its geometry, as `shared/geometry.py` checks the views of workflows.

The layout keeps these rules by its construction; this module, which tests and a benchmark use, does not trust that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from discover.model import Graph
from exporters.html.index.rows import ranked
from exporters.html.map.areas import areas_of
from exporters.html.map.chips import HIGH, TOP
from exporters.html.map.places import WIDTH
from exporters.html.map.planes import MapWriter, Plane, height_of
from exporters.html.map.runs import RunCollector, RunGraph, name_hubs, runs_of
from exporters.html.systems.touches import Touches
from exporters.html.view.lookups import Lookups
from exporters.shared.geometry import Fault, Rect, overlap


def collected(graph: Graph) -> tuple[RunGraph, Touches]:
    """The runs of all workflows of a backend, and what they touch."""
    touches = Touches(graph)
    collector = RunCollector(Lookups(graph).triggers, touches)
    for rank, workflow in enumerate(ranked(graph), start=1):
        touches.add(workflow)
        collector.add(workflow, rank)
    return collector.graph(), touches


def planes_of(graph: Graph) -> list[Plane]:
    """All planes of a backend's map."""
    runs, touches = collected(graph)
    whole = areas_of({run.key: run.unit.partition("::")[0] for run in runs_of(runs)}, graph.root)
    name_hubs(runs)
    numbers = {one.system: number for number, one in enumerate(touches.all())}
    return MapWriter(runs, whole, numbers, Lookups(graph).unit).planes() if runs else []


def rects(plane: Plane) -> dict[str, Rect]:
    """Where each card stands."""
    cards = plane.placement.cards
    return {key: (x, y, x + WIDTH, y + height_of(plane.tiles[key], plane.chips[key])) for key, (x, y) in cards.items()}


def map_faults(plane: Plane) -> list[Fault]:
    """All broken rules of one plane, sorted: what lies on something else, or off the plane."""
    cards = rects(plane)
    return sorted({*_cards(cards), *_lines(plane, cards), *_chips(plane, cards), *_off(plane, cards)})


def _cards(cards: dict[str, Rect]) -> Iterator[Fault]:
    for one, other in combinations(sorted(cards), 2):
        if overlap(cards[one], cards[other]):
            yield Fault("card on card", one, other)


def _lines(plane: Plane, cards: dict[str, Rect]) -> Iterator[Fault]:
    for (source, target), line in plane.placement.lines.items():
        for (a, b), (c, d) in pairwise(line):
            piece = (min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1)
            for key, (left, top, right, bottom) in cards.items():
                if overlap(piece, (left + 1, top + 1, right - 1, bottom - 1)):
                    yield Fault("line through card", f"line {source} to {target}", key)


def _chips(plane: Plane, cards: dict[str, Rect]) -> Iterator[Fault]:
    for key, chips in plane.chips.items():
        places = [(chip.label.text, (chip.x, chip.y, chip.x + chip.width, chip.y + HIGH)) for chip in chips]
        high = cards[key][3] - cards[key][1]
        for (one, place), (other, there) in combinations(places, 2):
            if overlap(place, there):
                yield Fault("label on label", f"{one} on {key}", other)
        for text, (left, top, right, bottom) in places:
            if left < 5 or right > WIDTH or top < TOP or bottom > high:
                yield Fault("label outside its card", text, key)


def _off(plane: Plane, cards: dict[str, Rect]) -> Iterator[Fault]:
    width, height = plane.placement.width, plane.placement.height
    for key, (left, top, right, bottom) in cards.items():
        if right > width or bottom > height or left < 0 or top < 0:
            yield Fault("card outside the map", key, plane.area.title)
