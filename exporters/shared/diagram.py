"""A workflow as a diagram: one band per run, cut at the asynchronous hops, and the lines between the bands."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from discover.model import Node, Run, Trigger, Workflow
from exporters.shared.bodies import Bodies
from exporters.shared.flow import Card, Flow
from exporters.shared.layout import Box, Boxes
from exporters.shared.nodes import shown_in
from exporters.shared.tallies import Tallies
from exporters.shared.words import run_facts

ENTRIES: Final = 4
"""So many triggers of one workflow get a card each; the rest share one."""


@dataclass(slots=True)
class Band:
    """One run: its words and its geometry."""

    key: str
    """The run's id; the workflow's for the first run."""
    kind: str
    title: str
    facts: list[str]
    box: Box
    entries: list[str]
    """Keys of the entry cards."""
    unit: str = ""
    line: int = 0


@dataclass(slots=True)
class HopLine:
    """A hand-over from a card to a band."""

    source: str
    origin: int
    """The band that the card stands in."""
    band: int
    kind: str
    inline: bool = False


@dataclass(slots=True)
class Diagram:
    """Everything that is drawn of a workflow, whatever is open."""

    bands: list[Band] = field(default_factory=list[Band])
    hops: list[HopLine] = field(default_factory=list[HopLine])
    buses: dict[int, int] = field(default_factory=dict[int, int])
    """For each band that is reached by hops, its track in the bus at the right."""
    parents: dict[str, str] = field(default_factory=dict[str, str])
    """Card inside a drawer -> the card that opens it."""
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    """Number of cards that show when a card is opened."""


class Shapes:
    """What diagrams of several workflows have in common: it is built and laid out once."""

    def __init__(self) -> None:
        self.bodies = Bodies()
        self.flow = Flow(self.bodies)
        self.boxes = Boxes()
        self.tallies = Tallies(self.bodies)


def diagram_of(workflow: Workflow, triggers: Mapping[str, Trigger], shapes: Shapes | None = None) -> Diagram:
    """Build the diagram of one workflow; `shapes` are those of diagrams before."""
    diagram, shapes = Diagram(), shapes or Shapes()
    indexes = {run.id: index for index, run in enumerate(workflow.runs, start=1)}
    indexes.setdefault(workflow.id, 0)
    indexes.setdefault(workflow.unit, 0)
    started = [triggers[one] for one in workflow.triggers if one in triggers]
    kind = started[0].kind if started else "call"
    entries = _entry_cards(workflow)
    _add(diagram, shapes, indexes, workflow.id, kind, workflow.name, [], entries, workflow.body)
    diagram.bands[0].unit = workflow.unit
    shown = shown_in(workflow)
    for run in workflow.runs:
        _add(
            diagram,
            shapes,
            indexes,
            run.id,
            run.kind,
            _run_title(run),
            [*run_facts(run), *_untold(run, shown)],
            [Card(f"in:{run.id}", "entry")],
            run.body,
        )
        diagram.bands[-1].unit, diagram.bands[-1].line = run.unit, run.line
    diagram.buses = _buses(diagram)
    return diagram


def _run_title(run: Run) -> str:
    return run.name or run.unit.rpartition("::")[2] or run.id


def _untold(run: Run, shown: Container[str]) -> list[str]:
    """Why a band holds nothing, where that is not for want of anything to do."""
    if run.closed:
        return ["more than fits here"]
    return ["shown where it is called directly"] if not run.body and run.unit in shown else []


def _entry_cards(workflow: Workflow) -> list[Card]:
    keys = [f"in:{index}" for index in range(len(workflow.triggers))] or ["in:0"]
    if len(keys) > ENTRIES:
        keys = [*keys[: ENTRIES - 1], "in:more"]
    return [Card(key, "entry") for key in keys]


def _add(
    diagram: Diagram,
    shapes: Shapes,
    indexes: Mapping[str, int],
    key: str,
    kind: str,
    title: str,
    facts: list[str],
    entries: list[Card],
    body: Sequence[Node],
) -> None:
    blocks = shapes.flow.blocks(body)
    held = shapes.boxes.holdings.of(blocks)
    diagram.parents.update(pair for pair in held.cards if pair[1])
    diagram.sizes |= held.sizes
    origin, lines = len(diagram.bands), list[HopLine]()
    for source, hop in held.hops:
        targets = (indexes[run] for run in hop.runs if run in indexes)
        lines += [HopLine(source, origin, target, hop.kind, hop.inline) for target in targets]
    hands_over: set[str] = set()
    for line in lines:
        source = line.source
        while source and source not in hands_over:
            hands_over.add(source)
            source = diagram.parents.get(source, "")
    diagram.hops += lines
    box = shapes.boxes.box(blocks, hands_over, entries)
    diagram.bands.append(Band(key, kind, title, facts, box, [card.key for card in entries]))


def _buses(diagram: Diagram) -> dict[int, int]:
    """Tracks for the vertical lines at the right edge: one per reached band, as near as is free."""
    spans: dict[int, tuple[int, int]] = {}
    for hop in diagram.hops:
        low, high = spans.get(hop.band, (hop.origin, hop.origin))
        spans[hop.band] = (min(low, hop.origin, hop.band), max(high, hop.origin, hop.band))
    ends: list[int] = []
    tracks: dict[int, int] = {}
    for target, (low, high) in sorted(spans.items(), key=lambda item: (item[1], item[0])):
        track = next((i for i, end in enumerate(ends) if end < low), len(ends))
        ends[track : track + 1] = [high]
        tracks[target] = track
    return tracks


def open_at_first(diagram: Diagram, few: int = 14, many: int = 40) -> set[str]:
    """The cards to be opened before the reader does: outer ones first, while the view stays easy to take in."""
    level = [placed for band in diagram.bands for placed in band.box.cards]
    shown, opened = len(level), set[str]()
    while level and shown < many:
        deeper = [placed for placed in level if placed.inside]
        level = []
        for placed in deeper:
            size = len(placed.inside.cards) if placed.inside else 0
            if shown + size <= many and (shown < few or size <= few):
                shown += size
                opened.add(placed.card.key)
                level.extend(placed.inside.cards if placed.inside else [])
    return opened
