"""Geometry of a group of connected cards: cards in columns, lines from left to right.

A run stands right of all that hand work to it, and what the code touches in the last column. Between two columns each
receiver has an upright track of its own, shared by the lines that lead to it; a line that passes a column has a slot
there, like a card. Heights are multiples of twelve, and each sort of line end has its own remainder, so that no two
lines lie on each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

import networkx as nx

from exporters.shared.gaps import share_tracks

WIDTH: Final = 256
HEIGHT: Final = 96
LESS: Final = 72
"""Of a card with nothing at its foot."""
LEAST: Final = 48
"""Of a card to which lines lead, but from which none leave."""
UNIT: Final = 12
TRACK: Final = 8
SIDE: Final = 22
"""Between a column and the first track beside it."""
_ENTRY: Final = 28
_EXIT: Final = 48
_BACK: Final = 66
_SWEEPS: Final = 4

Plan: TypeAlias = "nx.DiGraph[str]"
"""What is to be laid out: cards and the lines between them. Attributes of a node: `height`, if not the usual one, and
`last` for a card that stands in the last column."""
Item = tuple[str, int]
"""A card: its key and -1. A line that passes a column: the receiver's key and the column."""


@dataclass(slots=True)
class Placement:
    """One group of connected cards: where they are, and the lines between them."""

    keys: list[str]
    layers: dict[str, int]
    cards: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    lines: dict[tuple[str, str], list[tuple[int, int]]] = field(
        default_factory=dict[tuple[str, str], list[tuple[int, int]]]
    )
    width: int = 0
    height: int = 0


def components(graph: Plan) -> list[list[str]]:
    """The groups of connected cards, each in the graph's order, the one with the best card first."""
    order = {key: number for number, key in enumerate(graph)}
    found = [sorted(keys, key=order.__getitem__) for keys in nx.weakly_connected_components(graph)]
    return sorted(found, key=lambda keys: order[keys[0]])


def place(graph: Plan, keys: Sequence[str]) -> Placement:
    """Lay out one group of connected cards."""
    layers = _layers(graph, keys)
    links = _links(graph, keys, layers)
    columns = _columns(keys, layers, links)
    sizes = {key: graph.nodes[key].get("height", HEIGHT) for key in keys}
    heights = _heights(columns, links, sizes)
    placement = Placement(list(keys), layers)
    tracks = [_tracks(graph, column, links, heights, layers) for column in columns]
    x = 0
    lefts: list[int] = []
    for column, used in zip(columns, tracks, strict=True):
        lefts.append(x)
        placement.cards |= {key: (x, heights[key, at]) for key, at in column if at < 0}
        placement.width = x + WIDTH + (SIDE + TRACK * (1 + max(used.values())) if used else 0)
        x = placement.width + SIDE
    placement.height = max(y + sizes[key] for key, (_, y) in placement.cards.items())
    for source in keys:
        for target in graph.succ[source]:
            placement.lines[source, target] = _line(source, target, layers, heights, lefts, tracks)
    _settle(placement)
    return placement


def _layers(graph: Plan, keys: Sequence[str]) -> dict[str, int]:
    """The column of each card; those in a circle stand in one."""
    part: Plan = nx.DiGraph()
    part.add_nodes_from(keys)
    part.add_edges_from((source, target) for source in keys for target in graph.succ[source])
    circles = nx.condensation(part)
    level = {circle: at for at, row in enumerate(nx.topological_generations(circles)) for circle in row}
    for circle in circles:
        if not circles.pred[circle] and circles.succ[circle]:
            level[circle] = min(level[other] for other in circles.succ[circle]) - 1
    layers = {key: level[circles.graph["mapping"][key]] for key in keys}
    high = [layers[key] for key in keys if not graph.nodes[key].get("last")]
    return {key: max(high, default=-1) + 1 if graph.nodes[key].get("last") else layers[key] for key in keys}


def _item(key: str, column: int, layers: Mapping[str, int]) -> Item:
    return (key, -1 if layers[key] == column else column)


def _links(graph: Plan, keys: Sequence[str], layers: Mapping[str, int]) -> dict[Item, list[Item]]:
    """For each item those in the column before it from which lines come."""
    links: dict[Item, list[Item]] = {}
    for target in keys:
        for source in graph.pred[target]:
            before: Item = (source, -1)
            for column in range(layers[source] + 1, layers[target] + 1):
                item = _item(target, column, layers)
                known = links.setdefault(item, [])
                if before not in known:
                    known.append(before)
                before = item
    return links


def _columns(keys: Sequence[str], layers: Mapping[str, int], links: Mapping[Item, list[Item]]) -> list[list[Item]]:
    """The items of each column from top to bottom, ordered so that few lines cross."""
    columns: list[list[Item]] = [[] for _ in range(max(layers.values()) + 1)]
    for key in keys:
        columns[layers[key]].append((key, -1))
    for key, column in links:
        if column >= 0:
            columns[column].append((key, column))
    after: dict[Item, list[Item]] = {}
    for item, sources in links.items():
        for source in sources:
            after.setdefault(source, []).append(item)
    for _ in range(_SWEEPS):
        for other, column in pairwise(columns):
            _sort(column, other, links)
        for column, other in reversed(list(pairwise(columns))):
            _sort(column, other, after)
    for other, column in pairwise(columns):
        _sort(column, other, links)
    return columns


def _sort(column: list[Item], other: Sequence[Item], near: Mapping[Item, list[Item]]) -> None:
    """Order a column by the middle of the neighbours in the other; items without any keep their place."""
    at = {item: number for number, item in enumerate(other)}
    own = {item: number * len(other) / max(1, len(column)) for number, item in enumerate(column)}
    means = {item: _mean([at[one] for one in near.get(item, ())], own[item]) for item in column}
    column.sort(key=means.__getitem__)


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _heights(
    columns: Sequence[Sequence[Item]], links: Mapping[Item, list[Item]], sizes: Mapping[str, int]
) -> dict[Item, int]:
    """The upper edge of each item: near what leads to it, below what stands above it."""
    heights: dict[Item, int] = {}
    for column in columns:
        free = 0
        for item in column:
            middle = _mean([heights[one] for one in links.get(item, ())], free)
            heights[item] = max(free, int(middle) // UNIT * UNIT)
            free = heights[item] + (sizes[item[0]] + UNIT if item[1] < 0 else UNIT)
    return heights


def _entry(item: Item, heights: Mapping[Item, int]) -> int:
    return heights[item] + (_ENTRY if item[1] < 0 else 8 + 2 * (item[1] % 2))


def _exit(item: Item, heights: Mapping[Item, int]) -> int:
    return heights[item] + _EXIT if item[1] < 0 else _entry(item, heights)


def _tracks(
    graph: Plan,
    column: Sequence[Item],
    links: Mapping[Item, list[Item]],
    heights: Mapping[Item, int],
    layers: Mapping[str, int],
) -> dict[Item, int]:
    """The tracks right of a column, by what they lead to; a card of the column itself is reached from its right."""
    spans: dict[Item, tuple[int, int]] = {}
    here = set(column)
    for item, sources in links.items():
        if any(source in here for source in sources):
            ends = [_exit(source, heights) for source in sources] + [_entry(item, heights)]
            if len(set(ends)) > 1:
                spans[item] = (min(ends), max(ends))
    for key, at in column:
        ends = [heights[one, -1] + _EXIT for one in graph.pred[key] if layers[one] == layers[key]] if at < 0 else []
        if ends:
            ends.append(heights[key, -1] + _BACK)
            spans[key, -2] = (min(ends), max(ends))
    return share_tracks(spans)


def _line(
    source: str,
    target: str,
    layers: Mapping[str, int],
    heights: Mapping[Item, int],
    lefts: Sequence[int],
    tracks: Sequence[Mapping[Item, int]],
) -> list[tuple[int, int]]:
    y, column = heights[source, -1] + _EXIT, layers[source]
    points = [(lefts[column] + WIDTH, y)]

    def turn(item: Item, to: int) -> None:
        x = lefts[column] + WIDTH + SIDE + TRACK * tracks[column][item]
        points.extend([(x, y), (x, to)])

    if column == layers[target]:
        back = heights[target, -1] + _BACK
        turn((target, -2), back)
        return [*points, (lefts[column] + WIDTH, back)]
    while column < layers[target]:
        item = _item(target, column + 1, layers)
        to = _entry(item, heights)
        if to != y:
            turn(item, to)
        y, column = to, column + 1
    return [*points, (lefts[column], y)]


def _settle(placement: Placement) -> None:
    """Move everything up and to the left as far as it goes, with room for the outlines."""
    top = min(y for _, y in [*placement.cards.values(), *(p for line in placement.lines.values() for p in line)]) - 3
    placement.cards = {key: (x + 3, y - top) for key, (x, y) in placement.cards.items()}
    placement.lines = {pair: [(x + 3, y - top) for x, y in line] for pair, line in placement.lines.items()}
    lowest = max((y for line in placement.lines.values() for _, y in line), default=0)
    placement.height = max(placement.height - top, lowest) + 3
    placement.width += 6
