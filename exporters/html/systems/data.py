"""The systems as the page shows them: rows of a table, and who touches each, in compact lists for `systems.js`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from discover.model import Effect, Hop
from exporters.html.page.addresses import Addresses
from exporters.html.systems.names import System
from exporters.html.systems.touches import Touch, Touched
from exporters.html.view.lookups import Lookups

MODES: Final = ("reads", "writes", "uses")
COLUMNS: Final = ("Workflows", "Entry points", "Read at", "Written at", "Used at")
"""What `SystemRow.numbers` are called."""


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system in the table."""

    system: System
    link: str
    numbers: tuple[int, ...]
    """How many workflows, entry points, places that read, that write, that use it otherwise."""
    ranks: tuple[int, ...]
    """The workflows, by their number in the index."""
    places: tuple[str, ...]
    """Every place in the code, with what is done there."""
    words: str
    """Lower-case text that the search looks in."""


def system_rows(found: Sequence[Touched], ranks: Mapping[str, int], triggers: Mapping[str, int]) -> list[SystemRow]:
    """A row per system; `ranks` and `triggers` give each workflow's number in the index and count of triggers."""
    addresses = Addresses()
    return [
        SystemRow(
            system=one.system,
            link=addresses.system(one.system.key),
            numbers=(
                len(one.workflows),
                sum(triggers[workflow] for workflow in one.workflows),
                *(one.count(mode) for mode in MODES),
            ),
            ranks=tuple(ranks[workflow] for workflow in one.workflows),
            places=tuple(sorted(f"{touch.unit}:{touch.line} {touch.verb}" for touch in one.places)),
            words=f"{one.system.label} {one.system.words}".lower(),
        )
        for one in found
    ]


def kinds_of(rows: Sequence[SystemRow]) -> list[tuple[str, str, int]]:
    """Each kind with its words and how many systems are of it, in the order of the table."""
    return [(kind, words, count) for (kind, words), count in Counter(map(_kind, rows)).items()]


def _kind(row: SystemRow) -> tuple[str, str]:
    return row.system.kind, row.system.words


def system_data(found: Sequence[Touched], ranks: Mapping[str, int], lookups: Lookups) -> dict[str, Any]:
    """Who touches what: for each system the steps by workflow, and the places in the code, as flat lists of numbers."""
    texts: dict[str, int] = {}
    known: dict[Touch, tuple[int, ...]] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    def flat(touch: Touch) -> tuple[int, ...]:
        numbers = known.get(touch)
        if numbers is None:
            numbers = (lookups.unit(touch.unit), touch.line, number(touch.verb), MODES.index(touch.mode))
            known[touch] = numbers
        return numbers

    systems: list[list[Any]] = []
    for one in found:
        steps = [[ranks[workflow] - 1, *chain.from_iterable(map(flat, own))] for workflow, own in one.workflows.items()]
        places = [
            [*flat(touch), round(place.confidence * 100), number(_evidence(place)), int(touch in one.reached)]
            for touch, place in sorted(one.places.items(), key=lambda item: item[0])
        ]
        systems.append([one.system.kind, one.system.name, one.system.label, one.system.words, steps, places])
    return {"texts": list(texts), "systems": systems}


def _evidence(place: Effect | Hop) -> str:
    return place.evidence
