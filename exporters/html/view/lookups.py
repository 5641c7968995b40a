"""What views look up in the document, and what they refer to by number because many of them hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import msgspec

from discover.model import Finding, Graph, Node, Trigger, Unresolved
from exporters.html.view.words import Words
from exporters.shared.diagram import Shapes


class Lookups:
    """What views look up in the document, indexed once."""

    def __init__(self, graph: Graph) -> None:
        self.triggers: dict[str, Trigger] = {one.id: one for one in graph.entry_points}
        self.docs: dict[str, str] = {unit.id: unit.doc for unit in graph.units if unit.doc}
        self.effects = {effect.id: effect for effect in graph.effects}
        self.findings: dict[str, list[Finding]] = {}
        for finding in graph.findings:
            self.findings.setdefault(finding.workflow, []).append(finding)
        self._unresolved: dict[str, list[Unresolved]] = {}
        for one in graph.unresolved:
            for place in one.library.places if one.library is not None else (one,):
                there = msgspec.structs.replace(one, at=place.at, line=place.line)
                self._unresolved.setdefault(place.at, []).append(there)
        self.run_names = {run.id: run.name or run.unit for workflow in graph.workflows for run in workflow.runs}
        self.shapes = Shapes()
        self.number_anew()

    def apart(self) -> Lookups:
        """The same for a page of its own: what it refers to by number is numbered anew."""
        other = copy(self)
        other.number_anew()
        return other

    def number_anew(self) -> None:
        """Forget what was numbered, and what the page shows."""
        self.units: dict[str, int] = {}
        self.spans: set[tuple[str, int, int]] = set()
        """File and lines of which the page shows the source."""
        self._names: list[str] = []
        self._leaves: dict[Node, tuple[Words, int]] = {}
        self._records: dict[bytes, int] = {}
        self._pieces: dict[bytes, int] = {}
        self._shaped: dict[tuple[int, ...], int] = {}

    def unit(self, name: str) -> int:
        """The number of a unit."""
        number = self.units.get(name)
        if number is None:
            number = self.units[name] = len(self._names)
            self._names.append(name)
        return number

    def unresolved_in(self, unit: int) -> Sequence[Unresolved]:
        """What could not be followed in the unit of this number; of none, where there is none."""
        return self._unresolved.get(self._names[unit], ()) if unit >= 0 else ()

    def span(self, unit: str, line: int, end: int) -> None:
        """Have the page show these lines of the unit's file; a line 0 is not known."""
        if line:
            self.spans.add((unit.partition("::")[0], line, max(line, end)))

    def record(self, words: Words) -> int:
        """The number of a node's words: the same helper stands in many workflows, and is written once."""
        return self._records.setdefault(msgspec.json.encode(words), len(self._records))

    def leaf(self, node: Node, words: Callable[[Node], Words]) -> tuple[Words, int]:
        """The words of a node that holds no others, and their number: they are made once for all workflows."""
        known = self._leaves.get(node)
        if known is None:
            made = words(node)
            known = self._leaves[node] = (made, self.record(made))
        return known

    def piece(self, piece: list[Any]) -> int:
        """The number, from 1, of a run's body or of the box inside a card: each is written once, as words are."""
        return self._pieces.setdefault(msgspec.json.encode(piece), len(self._pieces) + 1)

    def shaped(self, key: tuple[int, ...], make: Callable[[], list[Any]]) -> int:
        """The number of a piece that is made once for this key; what the numbers in a key stand for is kept."""
        number = self._shaped.get(key)
        if number is None:
            number = self._shaped[key] = self.piece(make())
        return number

    def shared(self) -> list[list[Any]]:
        """What views refer to by number beside units: nodes' words, runs' bodies and boxes inside cards."""
        return [
            [msgspec.Raw(one) for one in self._records],
            [msgspec.Raw(one) for one in self._pieces],
        ]
