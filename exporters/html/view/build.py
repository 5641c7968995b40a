"""One workflow as the page's data: words for every node, geometry for every box, in compact lists.

The lists are read by `scene.js` and `view.js`; the order of their items is fixed here, in `_node` and `box_data`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from discover.model import Branch, Call, End, Guard, Node, Step, Trigger, Wait, Workflow
from exporters.html.additions import NOTHING, Additions
from exporters.html.view.badges import Badges
from exporters.html.view.details import Facts, details
from exporters.html.view.lookups import Lookups
from exporters.html.view.story import Story
from exporters.shared.compose import compose
from exporters.shared.diagram import Band, Diagram, diagram_of, open_at_first
from exporters.shared.flow import is_spliced
from exporters.shared.layout import Box, PlacedCard, Route
from exporters.shared.narrative import narrative
from exporters.shared.overlay import place_overlay
from exporters.shared.words import contents as contents_of
from exporters.shared.words import kind_words, lane_title, node_kind, node_title, tags, trigger_title

_DOTTED: Final = re.compile(r"\w+(\.\w+){2,}")
"""A full dotted name: on a card only its last part is read."""


class ViewBuilder:
    """Builds the data of one workflow's view."""

    def __init__(self, workflow: Workflow, lookups: Lookups, additions: Additions = NOTHING) -> None:
        self.workflow = workflow
        self.lookups = lookups
        self.additions = additions
        self.diagram = diagram_of(workflow, lookups.triggers, lookups.shapes)
        self.nodes: list[list[Any]] = []
        self.records: list[int] = []
        """The number of each node's words."""
        self.index: dict[str, int] = {}
        self.units: dict[str, None] = {}
        """The units that the view shows, in order."""
        self.spans: set[tuple[str, int, int]] = set()
        """File and lines that the view shows."""
        self._known: dict[int, int] = {}
        """The numbers that are known before all nodes are."""
        self.story = Story([], [], {})
        self._risks = {(one.at, one.line) for one in lookups.findings.get(workflow.id, ())}

    def build(self) -> dict[str, Any]:
        """The view's data."""
        workflow, diagram = self.workflow, self.diagram
        for band, body in zip(diagram.bands, [workflow.body, *(run.body for run in workflow.runs)], strict=True):
            self._entries(band)
            self._walk(body, 1, self.index[band.entries[0]], {run.id: run.name or run.unit for run in workflow.runs})
        starts = [self.index[band.entries[0]] for band in diagram.bands]
        first_head = len(self.nodes)
        self._inner_heads(diagram)
        known, record = self._known, self.lookups.record
        self.records = [known[at] if at in known else record(node) for at, node in enumerate(self.nodes)]
        opened = open_at_first(diagram)
        scene = compose(diagram, opened)
        self.story = Story(narrative(workflow, self.lookups.triggers, opened), starts, self.index)
        return {
            "id": workflow.id,
            "name": workflow.name,
            "bands": [
                self._band(band, end) for band, end in zip(diagram.bands, [*starts[1:], first_head], strict=True)
            ],
            "heads": [node[11] for node in self.nodes[first_head:]],
            "hops": [[self.index[hop.source], hop.band, hop.kind, int(hop.inline)] for hop in diagram.hops],
            "buses": {str(band): track for band, track in sorted(diagram.buses.items())},
            "open": sorted(self.index[key] for key in opened),
            "size": [scene.width, scene.height],
            "about": self._about(),
            "story": self.story.data(self.lookups),
            **self._laid_over(),
        }

    def _laid_over(self) -> dict[str, Any]:
        """What a run did, and what changed since an earlier scan, where either was asked for."""
        found: dict[str, Any] = {}
        steps = {**self.index, **{band.key: self.index[band.entries[0]] for band in self.diagram.bands}}
        badges = Badges(steps, self.nodes)
        if self.additions.overlay and (placed := place_overlay(self.additions.overlay, self.workflow)):
            found["run"] = badges.run(placed)
        if self.additions.changes and (changes := self.additions.changes.of(self.workflow.id)):
            found["changes"] = badges.changes(changes)
        return found

    def _inner_heads(self, diagram: Diagram) -> None:
        """A choice that opens is drawn twice, as a card and inside it: the second one is in no list of steps."""
        for key in diagram.parents:
            if key not in self.index:
                self.index[key] = len(self.nodes)
                choice = self.index[key.removesuffix("~")]
                self.nodes.append([*self.nodes[choice][:10], -1, choice, ""])

    def _unit(self, unit: str) -> int:
        self.units[unit] = None
        return self.lookups.unit(unit)

    def _span(self, unit: str, line: int, end: int) -> None:
        if line:
            self.spans.add((unit.partition("::")[0], line, max(line, end)))

    def _entries(self, band: Band) -> None:
        known = self.lookups.triggers
        started = [known[one] for one in self.workflow.triggers if one in known] if band.key == self.workflow.id else []
        for position, key in enumerate(band.entries):
            if key == "in:more":
                facts = [[one.kind, trigger_title(one)] for one in started[position:]]
                self._entry(key, f"{len(started) - position} more triggers", "triggers", (band.unit, 0), facts)
            elif position < len(started):
                self._trigger(key, started[position])
            else:
                self._entry(key, band.title, band.kind, (band.unit, band.line), [["Run", one] for one in band.facts])

    def _trigger(self, key: str, trigger: Trigger) -> None:
        facts = [["Framework", trigger.framework]]
        if trigger.detail.source:
            facts.append(["Declared in", trigger.detail.source])
        if trigger.detail.also:
            paths = ", ".join(trigger.detail.also)
            facts.append(["Also", f"{paths}, when a setting that is off by default is on"])
        place, found = (trigger.handler, trigger.line), (trigger.confidence, trigger.evidence)
        self._entry(key, trigger_title(trigger), trigger.kind, place, facts, found)

    def _entry(
        self,
        key: str,
        title: str,
        words: str,
        place: tuple[str, int],
        facts: Facts,
        found: tuple[float, str] = (1.0, ""),
    ) -> None:
        """Add the card from which a run begins; `found` is how certain that is, and why."""
        (unit, line), (confidence, evidence) = place, found
        self._span(unit, line, line)
        self.index[key] = len(self.nodes)
        if _DOTTED.fullmatch(title):
            facts = [["Name", title], *facts]
            title = title.rpartition(".")[2]
        marks = ["inferred"] if confidence < 0.8 else []
        lines = [self._unit(unit), line, line]
        self.nodes.append([title, "entry", words, *lines, round(confidence * 100), evidence, facts, marks, 0, -1, ""])

    def _walk(self, body: Sequence[Node], depth: int, parent: int, runs: Mapping[str, str]) -> None:
        for node in body:
            at = self._node(node, depth, parent, runs)
            if isinstance(node, Guard):
                self._walk(node.body, depth + 1, at, runs)
                self._branches(node, node.handlers, depth + 1, at, runs)
                if node.last:
                    self.index[node.id + "~last"] = at
                    self._lane("always", depth + 1, at)
                    self._walk(node.last, depth + 2, at, runs)
                continue
            branches: tuple[Branch, ...] = getattr(node, "branches", ())
            if branches:
                self._branches(node, branches, depth + 1, at, runs)
            inner: tuple[Node, ...] = getattr(node, "body", ())
            if inner:
                self._walk(inner, depth + 1, at, runs)

    def _branches(
        self, of: Node, branches: tuple[Branch, ...], depth: int, parent: int, runs: Mapping[str, str]
    ) -> None:
        for branch in branches:
            self._lane(lane_title(branch, of), depth, parent)
            self._walk(branch.body, depth + 1, parent, runs)

    def _lane(self, title: str, depth: int, parent: int) -> None:
        self.nodes.append([title, "lane", "", -1, 0, 0, 100, "", [], [], depth, parent, ""])

    def _node(self, node: Node, depth: int, parent: int, runs: Mapping[str, str]) -> int:
        at = len(self.nodes)
        self.index[node.id] = at
        self._span(node.unit, node.line, node.end_line)
        self.units[node.unit] = None
        risk = (node.unit, node.line) in self._risks
        if isinstance(node, (Step, End, Wait)):
            words, record = self.lookups.leaf(node, risk, self._leaf)
            self._known[at] = record
        else:
            words = self._words(node, risk, runs)
        self.nodes.append([*words[:10], depth, parent, words[12]])
        return at

    def _leaf(self, node: Node, risk: bool) -> list[Any]:
        return self._words(node, risk, {})

    def _words(self, node: Node, risk: bool, runs: Mapping[str, str]) -> list[Any]:
        """What is said of a node, whatever stands around it."""
        inner: tuple[Node, ...] = getattr(node, "body", ())
        summary = contents_of(inner) if inner and isinstance(node, Call) and not is_spliced(node) else ""
        return [
            node_title(node),
            node_kind(node),
            kind_words(node),
            self._unit(node.unit),
            node.line,
            max(node.line, node.end_line),
            round(node.confidence * 100),
            node.evidence,
            details(node, self.lookups.effects, self.lookups.docs, runs),
            [*tags(node), *(["risk"] if risk else [])],
            0,
            0,
            summary,
        ]

    def _band(self, band: Band, end: int) -> dict[str, Any]:
        start = self.index[band.entries[0]]
        nodes: list[int] = []
        for at in range(start, end):
            depth, parent = self.nodes[at][10:12]
            nodes += [self.records[at], depth, at - parent if parent >= 0 else 0]
        return {
            "kind": band.kind,
            "title": band.title,
            "facts": band.facts,
            "unit": self._unit(band.unit),
            "entries": [self.index[key] for key in band.entries],
            "body": self.lookups.piece([nodes, self._box(band.box, start)]),
        }

    def _number(self, key: str, owner: int) -> int:
        """A card as seen from the card that holds it, so that equal insides are equal; odd for the inner heads."""
        at = self.index[key]
        return 2 * (self.nodes[at][11] - owner) + 1 if self.nodes[at][10] < 0 else 2 * (at - owner)

    def _inside(self, card: PlacedCard) -> int:
        return self.lookups.piece(self._box(card.inside, self.index[card.card.key])) if card.inside else 0

    def _box(self, box: Box, owner: int) -> list[Any]:
        cards = [
            [self._number(one.card.key, owner), one.x, one.y, one.cut, one.out, int(one.last), self._inside(one)]
            for one in box.cards
        ]
        frames = [
            [self._number(one.frame.key, owner), one.frame.kind, one.frame.title, one.x, one.y, one.width, one.height]
            for one in box.frames
        ]
        exits = [self._number(key, owner) for key in box.exits]
        return [box.width, box.height, cards, frames, [self._route(one, owner) for one in box.routes], exits]

    def _route(self, route: Route, owner: int) -> list[Any]:
        ends = [self._number(route.source, owner), self._number(route.target, owner)]
        label = [route.label, route.label_x, route.label_y, route.label_width] if route.label else []
        return [*ends, route.style, [number for point in route.points for number in point], *label]

    def _about(self) -> dict[str, Any]:
        workflow = self.workflow
        found = self.lookups.findings.get(workflow.id, [])
        for one in found:
            self._span(one.at, one.line, one.line)
        open_ends = [one for unit in self.units for one in self.lookups.unresolved.get(unit, ())]
        return {
            "services": workflow.services,
            "confidence": round(workflow.confidence * 100),
            "truncated": int(workflow.truncated),
            "findings": [[one.severity, one.rule, one.message, one.at, one.line] for one in found],
            "unresolved": [[one.what, one.reason, one.at, one.line] for one in open_ends[:200]],
            "unresolved_count": len(open_ends),
        }
