"""The map: a plane for each area, with its runs or the areas in it, who hands work to whom, and what is touched.

pyvis holds each plane as a network with fixed places; its templates are not used (see `page/assets.py`). It ignores an
id that it knows and stops at an edge whose end it does not know, so everything comes from a graph in which neither
happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any, Final, cast

import networkx as nx

from exporters.html.map.areas import Area
from exporters.html.map.chips import Chip, pack
from exporters.html.map.places import HEIGHT, LEAST, LESS, WIDTH, Placement, Plan, components, place
from exporters.html.map.runs import ALIKE, RunGraph, RunNode, gather
from exporters.html.map.shelves import shelve
from exporters.html.map.tiles import Tile, area_tile, labels, run_tile, system_tile
from exporters.html.systems.names import ORDER, System

LINES: Final = 24
"""So many lines to systems are drawn on a plane; the other systems are named on the cards that touch them."""
STORES: Final = 8
"""More tables, stores and queues than this are only named on cards."""
SHARED: Final = 4
"""A system that more cards touch is named on them: so many lines to one place are a bundle that no eye follows."""

_INSIDE: Final = {"table", "store", "queue"}
_UNKNOWN: Final = {"address"}
"""What is known by the code's words for it only: it stands on the cards that touch it, not among the known services."""


@dataclass(slots=True)
class Plane:
    """What is drawn of one area."""

    area: Area
    tiles: dict[str, Tile] = field(default_factory=dict[str, Tile])
    styles: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """The lines: `hop`, `inline` for what happens before the call returns, `uses` for what is touched."""
    chips: dict[str, list[Chip]] = field(default_factory=dict[str, list[Chip]])
    placement: Placement = field(default_factory=lambda: Placement([], {}))


class MapWriter:
    """Draws all planes of a backend."""

    def __init__(self, graph: RunGraph, whole: Area, numbers: Mapping[System, int], unit: Callable[[str], int]) -> None:
        self.graph = graph
        self.whole = whole
        self.numbers = numbers
        self.unit = unit
        self._chains: dict[str, list[Area]] = {}
        """For each run the areas that hold it, the whole backend first."""
        self._chain(whole, [])

    def _chain(self, area: Area, outer: list[Area]) -> None:
        for run in area.runs:
            self._chains[run] = [*outer, area]
        for inner in area.areas:
            self._chain(inner, [*outer, area])

    def planes(self) -> list[Plane]:
        """The plane of the whole backend, then those of the areas in it."""
        return [self._plane(area) for area in self.whole.within()]

    def _plane(self, area: Area) -> Plane:
        plane = Plane(area)
        if area.areas:
            self._draw_areas(plane)
        else:
            self._draw_runs(plane)
        drawn = share_out(plane.tiles)
        for systems, users in together(drawn):
            plane.tiles[_key(systems[0])] = system_tile(systems, self.numbers)
            plane.styles |= {(user, _key(systems[0])): "uses" for user in users}
        for key, tile in plane.tiles.items():
            chips, more = pack(labels(tile, drawn, self.numbers))
            plane.chips[key] = [*chips, more] if more else chips
        plane.placement = _placed(plane)
        return plane

    def _draw_areas(self, plane: Plane) -> None:
        level = self._chains[plane.area.runs[0]].index(plane.area)
        for area in plane.area.areas:
            plane.tiles[area.path] = area_tile(area, [self._run(key) for key in area.runs])
        for source, target, inline in self._hops():
            ends = [self._standing(run, plane.area, level) for run in (source, target)]
            if ends[0] is ends[1] or not any(end in plane.area.areas for end in ends):
                continue
            for end in ends:
                if end.path not in plane.tiles:
                    plane.tiles[end.path] = area_tile(end, [self._run(key) for key in end.runs], foreign=True)
            pair = (ends[0].path, ends[1].path)
            plane.styles[pair] = "inline" if inline and plane.styles.get(pair, "inline") == "inline" else "hop"

    def _standing(self, run: str, area: Area, level: int) -> Area:
        """What stands for a run on the plane of an area: one of the areas in it, or the nearest outside."""
        chain, own = self._chains[run], self._chains[area.runs[0]][: level + 1]
        return next(there for there, here in zip_longest(chain, own) if there is not here)

    def _draw_runs(self, plane: Plane) -> None:
        own = set(plane.area.runs)
        part: RunGraph = nx.DiGraph()
        for key in plane.area.runs:
            part.add_node(key, run=replace(self._run(key), others=[]))
        for source, target, inline in self._hops():
            if source in own or target in own:
                for key in (source, target):
                    if key not in part:
                        part.add_node(key, run=replace(self._run(key), others=[]))
                part.add_edge(source, target, inline=inline)
        gather(part, own)
        for key in part:
            run = cast("RunNode", part.nodes[key]["run"])
            foreign = "" if key in own else self._chains[key][-1].title
            plane.tiles[key] = run_tile(run, self.unit, foreign=foreign)
        plane.styles = {(a, b): "inline" if inline else "hop" for a, b, inline in part.edges.data("inline")}

    def _run(self, key: str) -> RunNode:
        return cast("RunNode", self.graph.nodes[key]["run"])

    def _hops(self) -> Iterable[tuple[str, str, bool]]:
        return cast("Iterable[tuple[str, str, bool]]", self.graph.edges.data("inline"))


def height_of(tile: Tile, chips: Sequence[Chip]) -> int:
    """How high a card is, by what stands at its foot."""
    return LEAST if tile.sort == "system" else HEIGHT if chips else LESS


def share_out(tiles: Mapping[str, Tile]) -> dict[System, list[str]]:
    """The systems that are drawn as cards, with the cards from which lines lead there: those outside first."""
    users: dict[System, list[str]] = {}
    for key, tile in tiles.items():
        for system in tile.uses:
            if system.kind not in _UNKNOWN:
                users.setdefault(system, []).append(key)
    stores = sum(one.kind in _INSIDE for one in users)
    drawn: dict[System, list[str]] = {}
    left = LINES
    order = sorted(users.items(), key=lambda one: (ORDER.index(one[0].kind), -len(one[1]), one[0].name))
    for system, found in order:
        if len(found) <= min(left, SHARED) and (stores <= STORES or system.kind not in _INSIDE):
            drawn[system] = found
            left -= len(found)
    return drawn


def together(drawn: Mapping[System, list[str]]) -> Iterable[tuple[list[System], list[str]]]:
    """The systems for each card: those that the same cards touch share one, but for the first."""
    alike: dict[tuple[str, ...], list[System]] = {}
    for system, users in drawn.items():
        alike.setdefault((*users, system.kind), []).append(system)
    for systems in alike.values():
        last = ALIKE - 1 if len(systems) > ALIKE else len(systems)
        yield from (([one], drawn[one]) for one in systems[:last])
        if systems[last:]:
            yield systems[last:], drawn[systems[last]]


def _key(system: System) -> str:
    """What no path and no unit is called."""
    return f"\0{system.key}"


def _placed(plane: Plane) -> Placement:
    plan: Plan = nx.DiGraph()
    for key, tile in plane.tiles.items():
        plan.add_node(key, last=tile.sort == "system", height=height_of(tile, plane.chips[key]))
    plan.add_edges_from(plane.styles)
    groups = components(plan)
    alone = [keys[0] for keys in groups if len(keys) == 1]
    return shelve([place(plan, keys) for keys in groups if len(keys) > 1], alone)


def plane_data(plane: Plane, systems: Mapping[System, int]) -> dict[str, Any]:
    """A plane as the page's data, by way of a pyvis network that holds its cards and lines."""
    from pyvis.network import Network

    network = Network(directed=True)
    network.toggle_physics(False)
    placement = plane.placement
    keys = sorted(plane.tiles, key=lambda key: placement.cards[key])
    numbers = {key: number for number, key in enumerate(keys)}
    for key in keys:
        tile = plane.tiles[key]
        x, y = placement.cards[key]
        height = height_of(tile, plane.chips[key])
        network.add_node(
            numbers[key],
            label=tile.title,
            shape="box",
            x=x + WIDTH // 2,
            y=y + height // 2,
            fixed=True,
            physics=False,
            card=_card(tile, plane.chips[key], sorted(systems[one] for one in tile.uses), (x, y, height)),
        )
    for (source, target), points in placement.lines.items():
        flat = [number for point in points for number in point]
        network.add_edge(numbers[source], numbers[target], line=[plane.styles[source, target], flat], physics=False)
    return {
        "area": plane.area.path,
        "title": plane.area.title,
        "size": [placement.width, placement.height],
        "cards": [node["card"] for node in cast("list[dict[str, Any]]", network.nodes)],
        "lines": [[edge["from"], edge["to"], *edge["line"]] for edge in cast("list[dict[str, Any]]", network.edges)],
    }


def _card(tile: Tile, chips: Iterable[Chip], uses: list[int], at: tuple[int, int, int]) -> list[Any]:
    """The card as `map.js` reads it."""
    packed = [[*chip.label, chip.x, chip.y, chip.width] for chip in chips]
    about = [tile.title, tile.kind, tile.about, tile.link]
    return [tile.sort, *at, *about, packed, uses, tile.others, int(tile.foreign)]
