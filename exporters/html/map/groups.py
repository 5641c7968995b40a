"""The run map: one card per run, grouped by who hands work to whom, as a pyvis network with fixed places.

pyvis only holds the graph: its templates are not used (see `export.py`). It ignores an id that it knows and stops at
an edge whose end it does not know, so everything comes from a graph in which neither happens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from exporters.html.map.places import HEIGHT, WIDTH, Placement, components, place
from exporters.html.map.runs import RunGraph, RunNode

if TYPE_CHECKING:
    from pyvis.network import Network

OPEN_AT_FIRST: Final = 60
"""Cards that are shown before the reader opens more groups; the first group is always shown."""
TAGS: Final = 3
_TAG_ORDER: Final = ("hop", "external", "store")
_NAMES: Final = {"http": "request", "command": "command", "task": "task", "schedule": "schedule", "signal": "receiver"}


@dataclass(frozen=True, slots=True)
class MapGroup:
    """A group of connected runs."""

    title: str
    summary: str
    opened: bool
    width: int
    height: int
    cards: list[Mapping[str, Any]]
    """Nodes of the network."""
    lines: list[Mapping[str, Any]]
    """Edges of the network."""

    @property
    def size(self) -> int:
        """How many runs it holds, also those that share a card."""
        return sum(1 + len(card["run"].others) for card in self.cards)


def run_map(graph: RunGraph) -> list[MapGroup]:
    """The groups of the map, the one with the highest ranked workflow first."""
    if not graph:
        return []
    from pyvis.network import Network

    network = Network(directed=True)
    network.toggle_physics(False)
    placements = [place(graph, keys) for keys in components(graph)]
    numbers = {key: number for number, key in enumerate(key for one in placements for key in one.keys)}
    for group, placement in enumerate(placements):
        _fill(network, graph, placement, numbers, group)
    nodes = _by_group(cast("list[Mapping[str, Any]]", network.nodes), len(placements))
    edges = _by_group(cast("list[Mapping[str, Any]]", network.edges), len(placements))
    groups: list[MapGroup] = []
    shown = 0
    for placement, cards, lines in zip(placements, nodes, edges, strict=True):
        opened = not groups or shown + len(cards) <= OPEN_AT_FIRST
        shown += len(cards) if opened else 0
        runs = [cast("RunNode", graph.nodes[key]["run"]) for key in placement.keys]
        groups.append(MapGroup(_title(runs), _summary(runs), opened, placement.width, placement.height, cards, lines))
    return groups


def _by_group(items: Sequence[Mapping[str, Any]], groups: int) -> list[list[Mapping[str, Any]]]:
    found: list[list[Mapping[str, Any]]] = [[] for _ in range(groups)]
    for item in items:
        found[item["group"]].append(item)
    return found


def _fill(network: Network, graph: RunGraph, placement: Placement, numbers: Mapping[str, int], group: int) -> None:
    """Put the cards and lines of one group into the network, with their places."""
    for key in sorted(placement.keys, key=lambda key: placement.cards[key]):
        run = cast("RunNode", graph.nodes[key]["run"])
        left, top = placement.cards[key]
        network.add_node(
            numbers[key],
            label=run.title,
            shape="box",
            x=left + WIDTH // 2,
            y=top + HEIGHT // 2,
            left=left,
            top=top,
            fixed=True,
            physics=False,
            level=placement.layers[key],
            group=group,
            run=run,
            tags=sorted(run.tags.items(), key=lambda tag: _TAG_ORDER.index(tag[1]))[:TAGS],
            more=max(0, len(run.tags) - TAGS),
        )
    for (source, target), points in placement.lines.items():
        inline = bool(graph.edges[source, target]["inline"])
        network.add_edge(
            numbers[source], numbers[target], path=_path(points), inline=inline, physics=False, group=group
        )


def _path(points: Sequence[tuple[int, int]]) -> str:
    """The line as an SVG path with round corners."""
    (x, y), parts = points[0], list[str]()
    parts.append(f"M{x} {y}")
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        r = min(6, (abs(ax - bx) + abs(ay - by)) // 2, (abs(cx - bx) + abs(cy - by)) // 2)
        near = [(bx + r * _sign(px - bx), by + r * _sign(py - by)) for px, py in ((ax, ay), (cx, cy))]
        parts.append(f"L{near[0][0]} {near[0][1]}Q{bx} {by} {near[1][0]} {near[1][1]}")
    x, y = points[-1]
    return "".join([*parts, f"L{x} {y}"])


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _title(runs: Sequence[RunNode]) -> str:
    return min(runs, key=lambda run: run.rank).title


def _summary(runs: Sequence[RunNode]) -> str:
    kinds = Counter(_NAMES.get(one.kind, one.kind) for run in runs for one in (run, *run.others))
    parts = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in kinds.most_common()]
    return f"{sum(kinds.values())} runs: {', '.join(parts)}"
