"""The cards of the map: runs, areas and systems, each in the words and numbers that the page needs to draw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from exporters.html.map.areas import Area
from exporters.html.map.chips import Label
from exporters.html.map.runs import RunNode, Uses
from exporters.html.page.numbers import counted
from exporters.html.systems.names import ORDER, System

_NOUNS: Final = {
    "http": "request",
    "graphql": "resolver",
    "rpc": "procedure",
    "signal": "receiver",
    "serverless": "function",
}
_STYLES: Final = {"service": "external", "address": "external", "program": "external", "queue": "hop"}


@dataclass(slots=True)
class Tile:
    """One card, without its place."""

    sort: str
    """`run`, `area` or `system`."""
    title: str
    kind: str
    about: str
    link: list[Any]
    """For a run the place of its workflow in the index, the number of its unit, its line; for an area its path; for a
    system its number."""
    uses: Uses = field(default_factory=dict[System, "set[str]"])
    hubs: list[str] = field(default_factory=list[str])
    others: list[list[Any]] = field(default_factory=list[list[Any]])
    """What shares the card: title, about, link."""
    foreign: bool = False
    """It belongs to another area."""


def run_tile(run: RunNode, unit: Callable[[str], int], *, foreign: str = "") -> Tile:
    """The card of a run; `foreign` names the area to which it belongs, if that is another."""
    about = " · ".join(filter(None, [foreign, run.about, "calls itself again" if run.again else ""]))
    others = [[one.title, one.about, _link(one, unit)] for one in run.others]
    uses: Uses = {}
    for one in (run, *run.others):
        for system, modes in one.uses.items():
            uses.setdefault(system, set()).update(modes)
    return Tile(
        "run", run.title, run.kind, about, _link(run, unit), {} if foreign else uses, run.hubs, others, bool(foreign)
    )


def _link(run: RunNode, unit: Callable[[str], int]) -> list[Any]:
    return [run.rank - 1, unit(run.unit), run.line]


def area_tile(area: Area, runs: Sequence[RunNode], *, foreign: bool = False) -> Tile:
    """The card of an area: how many runs of which kind are in it, and what they touch."""
    kinds = Counter(run.kind for run in runs)
    counts = Counter(system for run in runs for system in run.uses)
    uses: Uses = {system: set() for system, _ in counts.most_common()}
    for run in runs:
        for system, modes in run.uses.items():
            uses[system] |= modes
    parts = [counted(count, _NOUNS.get(kind, kind)) for kind, count in kinds.most_common(3)]
    about = f"{counted(kinds.total(), 'run')}: {', '.join(parts)}{' …' if len(kinds) > 3 else ''}"
    return Tile("area", area.title, "area", about, [area.path], {} if foreign else uses, foreign=foreign)


def system_tile(systems: Sequence[System], numbers: Mapping[System, int]) -> Tile:
    """The card of a system, and of others that share it."""
    first, *others = systems
    alike = [[one.label, one.words, [numbers[one]]] for one in others]
    style = _STYLES.get(first.kind, "store")
    return Tile("system", first.label, style, first.words, [numbers[first]], others=alike)


def labels(tile: Tile, drawn: Mapping[System, object], numbers: Mapping[System, int]) -> list[Label]:
    """What stands at the foot of a card: hubs, and all systems to which no line is drawn."""
    uses = tile.uses
    # What is outside comes first, then what is written, then what is only read.
    named = sorted(uses, key=lambda one: (ORDER.index(one.kind), not one.name, "writes" not in uses[one]))
    hubs = [Label(f"→ {hub}", "hop", -1) for hub in tile.hubs]
    return hubs + [
        Label(system.label, _STYLES.get(system.kind, "store"), numbers[system])
        for system in named
        if system not in drawn
    ]
