"""What views look up in the document, and what they refer to by number because many of them hold it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import msgspec

from discover.model import Finding, Graph, Node, Trigger, Unresolved
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
        self.unresolved: dict[str, list[Unresolved]] = {}
        for one in graph.unresolved:
            self.unresolved.setdefault(one.at, []).append(one)
        self.shapes = Shapes()
        self.number_anew()

    def apart(self) -> Lookups:
        """The same for a page of its own: what it refers to by number is numbered anew."""
        other = copy(self)
        other.number_anew()
        return other

    def number_anew(self) -> None:
        """Forget what was numbered."""
        self.units: dict[str, int] = {}
        self._leaves: dict[tuple[Node, bool], tuple[list[Any], int]] = {}
        self._records: dict[bytes, int] = {}
        self._pieces: dict[bytes, int] = {}

    def unit(self, name: str) -> int:
        """The number of a unit."""
        return self.units.setdefault(name, len(self.units))

    def record(self, node: list[Any]) -> int:
        """The number of a node's words: the same helper stands in many workflows, and is written once."""
        return self._records.setdefault(msgspec.json.encode([*node[:10], node[12]]), len(self._records))

    def leaf(self, node: Node, risk: bool, words: Callable[[Node, bool], list[Any]]) -> tuple[list[Any], int]:
        """The words of a node that holds no others, and their number: they are made once for all workflows."""
        known = self._leaves.get((node, risk))
        if known is None:
            made = words(node, risk)
            known = self._leaves[node, risk] = (made, self.record(made))
        return known

    def piece(self, piece: list[Any]) -> int:
        """The number, from 1, of a run's body or of the box inside a card: each is written once, as words are."""
        return self._pieces.setdefault(msgspec.json.encode(piece), len(self._pieces) + 1)

    def shared(self) -> list[list[Any]]:
        """What views refer to by number beside units: nodes' words, runs' bodies and boxes inside cards."""
        return [
            [msgspec.Raw(one) for one in self._records],
            [msgspec.Raw(one) for one in self._pieces],
        ]
