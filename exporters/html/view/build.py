"""One workflow as the page's data: words for every node, geometry for every box, in compact lists.

The lists are read by `scene.js` and `read.js`; the order of their items is fixed here and in `words.py`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from discover.model import Node, Trigger, Workflow
from exporters.html.additions import NOTHING, Additions
from exporters.html.view.badges import Badges
from exporters.html.view.details import Facts
from exporters.html.view.rows import Rows, RowWriter
from exporters.html.view.story import Story
from exporters.html.view.words import Words
from exporters.shared.diagram import Band, diagram_of, open_at_first
from exporters.shared.layout import Box, PlacedCard, Route
from exporters.shared.narrative import narrative
from exporters.shared.overlay import place_overlay
from exporters.shared.words import trigger_title

_DOTTED: Final = re.compile(r"\w+(\.\w+){2,}")
"""A full dotted name: on a card only its last part is read."""


class ViewBuilder:
    """Builds the data of one workflow's view."""

    def __init__(self, workflow: Workflow, writer: RowWriter, additions: Additions = NOTHING) -> None:
        self.workflow = workflow
        self.lookups = writer.lookups
        self.additions = additions
        self.diagram = diagram_of(workflow, self.lookups.triggers, self.lookups.shapes)
        self.rows = Rows()
        """The rows of all bands, each behind those of its entries; then the cards that are drawn twice."""
        self.story = Story([], [], {})
        self._writer = writer
        self._index = self.rows.index

    def build(self) -> dict[str, Any]:
        """The view's data."""
        workflow, diagram, index = self.workflow, self.diagram, self._index
        bodies = [self._band_rows(band, body) for band, body in zip(diagram.bands, _bodies(workflow), strict=True)]
        starts = [index[band.entries[0]] for band in diagram.bands]
        first_head = len(self.rows.words)
        self._inner_heads()
        self._mark_risks()
        opened = open_at_first(diagram)
        chapters = narrative(workflow, self.lookups.triggers, opened, self.lookups.shapes.tallies)
        self.story = Story(chapters, starts, index)
        ends = [*starts[1:], first_head]
        return {
            "id": workflow.id,
            "name": workflow.name,
            "bands": [self._band(*each) for each in zip(diagram.bands, bodies, starts, ends, strict=True)],
            "heads": [at - self.rows.ups[at] for at in range(first_head, len(self.rows.ups))],
            "hops": [[index[hop.source], hop.band, hop.kind, int(hop.inline)] for hop in diagram.hops],
            "buses": {str(band): track for band, track in sorted(diagram.buses.items())},
            "open": sorted(index[key] for key in opened),
            "about": self._about(),
            "story": self.story.data(self.lookups),
            **self._laid_over(),
        }

    def _laid_over(self) -> dict[str, Any]:
        """What a run did, and what changed since an earlier scan, where either was asked for."""
        found: dict[str, Any] = {}
        steps = {**self._index, **{band.key: self._index[band.entries[0]] for band in self.diagram.bands}}
        badges = Badges(steps, self.rows.ups)
        if self.additions.overlay and (placed := place_overlay(self.additions.overlay, self.workflow)):
            found["run"] = badges.run(placed)
        if self.additions.changes and (changes := self.additions.changes.of(self.workflow.id)):
            found["changes"] = badges.changes(changes)
        return found

    def _band_rows(self, band: Band, body: tuple[Node, ...]) -> Rows:
        """Append a run's rows; returns those of its body."""
        self._entries(band)
        rows, start = self._writer.rows(body), len(self.rows.words)
        self.rows.extend(rows, 1)
        above = len(band.entries) - 1
        if above:
            tops = [at for at, depth in enumerate(rows.depths, start) if depth == 0]
            for at in tops:
                self.rows.ups[at] += above
        return rows

    def _inner_heads(self) -> None:
        """A choice that opens is drawn twice, as a card and inside it: the second one is in no list of steps."""
        rows, index = self.rows, self._index
        for key in self.diagram.parents:
            if key not in index:
                choice, at = index[key.removesuffix("~")], len(rows.words)
                index[key] = rows.add(rows.words[choice], rows.records[choice], -1, at - choice)

    def _mark_risks(self) -> None:
        """Mark the steps at which a finding stands."""
        units = self.lookups.units
        risks = {(units.get(one.at), one.line) for one in self.lookups.findings.get(self.workflow.id, ())}
        if not risks:
            return
        for at, words in enumerate(self.rows.words):
            if (words.unit, words.line) in risks and words.kind != "entry":
                marked = self.rows.words[at] = words._replace(marks=[*words.marks, "risk"])
                self.rows.records[at] = self.lookups.record(marked)

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
        self.lookups.span(unit, line, line)
        if _DOTTED.fullmatch(title):
            facts = [["Name", title], *facts]
            title = title.rpartition(".")[2]
        marks = ["inferred"] if confidence < 0.8 else []
        number, certain = self.lookups.unit(unit), round(confidence * 100)
        said = Words(title, "entry", words, number, line, line, certain, evidence, facts, marks)
        self._index[key] = self.rows.add(said, self.lookups.record(said), 0, 0)

    def _band(self, band: Band, body: Rows, start: int, end: int) -> dict[str, Any]:
        records = self.rows.records[start:end]

        def make() -> list[Any]:
            triples = zip(records, self.rows.depths[start:end], self.rows.ups[start:end], strict=True)
            return [[number for row in triples for number in row], self._box(band.box, start)]

        return {
            "kind": band.kind,
            "title": band.title,
            "facts": band.facts,
            "unit": self.lookups.unit(band.unit),
            "entries": [self._index[key] for key in band.entries],
            "body": self.lookups.shaped((id(band.box), id(body), *records), make),
        }

    def _number(self, key: str, owner: int) -> int:
        """A card as seen from the card that holds it, so that equal insides are equal; odd for the inner heads."""
        at = self._index[key]
        return 2 * (at - self.rows.ups[at] - owner) + 1 if self.rows.depths[at] < 0 else 2 * (at - owner)

    def _inside(self, card: PlacedCard) -> int:
        """The number of the box inside a card: from that card, it looks the same in all workflows."""
        inside = card.inside
        if inside is None:
            return 0
        return self.lookups.shaped((id(inside),), lambda: self._box(inside, self._index[card.card.key]))

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
            self.lookups.span(one.at, one.line, one.line)
        shown = dict.fromkeys(words.unit for words in self.rows.words)
        open_ends = [one for unit in shown for one in self.lookups.unresolved_in(unit)]
        return {
            "services": workflow.services,
            "confidence": round(workflow.confidence * 100),
            "truncated": int(workflow.truncated),
            "findings": [[one.severity, one.rule, one.message, one.at, one.line] for one in found],
            "unresolved": [[one.what, one.reason, one.at, one.line] for one in open_ends[:200]],
            "unresolved_count": len(open_ends),
        }


def _bodies(workflow: Workflow) -> list[tuple[Node, ...]]:
    return [workflow.body, *(run.body for run in workflow.runs)]
