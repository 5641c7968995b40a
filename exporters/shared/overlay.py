"""What really happened, laid over a workflow: the path that one run took, with times, tries and failures.

`undercurrent/run@1` is the document that a runner writes and the page reads. An event names the step by the node's id
in the scan's document, or by a file and a line, as a trace of running code knows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from discover.model import Node, Workflow
from exporters.shared.nodes import run_bodies, walk

SCHEMA: Final = "undercurrent/run@1"

Status = Literal["taken", "skipped", "retried", "failed", "waiting"]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened at one step of a run."""

    status: Status
    """`taken`: it ran and went well; `skipped`: the flow went past it; `retried`: it failed and is tried again;
    `failed`: it failed for good; `waiting`: it has begun, or waits for something, and has not ended."""
    node: str = ""
    """The node's id, or a run's id for the beginning of that run."""
    file: str = ""
    """Where `node` is not known: the path from the scanned root, and the line."""
    line: int = 0
    started: float | None = None
    """Seconds since the start of 1970 (UTC)."""
    ended: float | None = None
    attempt: int = 1
    """The number of this try, from 1."""
    text: str = ""
    """What was said: the error, the chosen branch, what is waited for."""


class Overlay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of a workflow, in the order in which things happened."""

    schema: Literal["undercurrent/run@1"] = SCHEMA
    workflow: str = ""
    """The id of the workflow that ran; empty: events are laid over every workflow that has their steps."""
    title: str = ""
    """What the run is called: its id at the engine, when it began."""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What the events say of one step in all."""

    status: Status
    tries: int
    seconds: float | None
    """From its first start to its last end; None where a time is missing."""
    text: str


@dataclass(slots=True)
class PlacedOverlay:
    """An overlay on one workflow."""

    title: str
    marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    """Node id, or run id, to what happened there."""
    timeline: list[tuple[Event, str]] = field(default_factory=list[tuple[Event, str]])
    """All events in order, each with the id of its node; empty where this workflow has none."""


def read_overlay(document: bytes) -> Overlay:
    """The overlay in a JSON document.

    Raises:
        msgspec.DecodeError: when it is none; as `msgspec.ValidationError`, with the path of the wrong field.
    """
    return msgspec.json.decode(document, type=Overlay)


def overlay_schema() -> bytes:
    """The JSON Schema of the document."""
    schema = msgspec.json.schema(Overlay, ref_template="#/$defs/{name}")
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **schema}
    return msgspec.json.format(msgspec.json.encode(described, order="deterministic"), indent=2) + b"\n"


def place_overlay(overlay: Overlay, workflow: Workflow) -> PlacedOverlay | None:
    """The overlay as this workflow shows it; None when it tells of another one."""
    if overlay.workflow not in {"", workflow.id}:
        return None
    steps = _Steps(workflow)
    placed = PlacedOverlay(overlay.title)
    grouped: dict[str, list[Event]] = {}
    for event in overlay.events:
        key = steps.find(event)
        placed.timeline.append((event, key))
        if key:
            grouped.setdefault(key, []).append(event)
    if not grouped and not overlay.workflow:
        return None
    placed.marks = {key: _mark(events) for key, events in grouped.items()}
    return placed


def _mark(events: list[Event]) -> Mark:
    last = events[-1]
    tries = max(event.attempt for event in events)
    again = any(event.status == "retried" for event in events)
    status: Status = "retried" if last.status == "taken" and (again or tries > 1) else last.status
    starts = [event.started for event in events if event.started is not None]
    ends = [event.ended for event in events if event.ended is not None]
    seconds = max(0.0, max(ends) - min(starts)) if starts and ends else None
    return Mark(status, tries, seconds, next((event.text for event in reversed(events) if event.text), ""))


class _Steps:
    """Finds the node that an event means."""

    def __init__(self, workflow: Workflow) -> None:
        self._known: set[str] = {workflow.id, *(run.id for run in workflow.runs)}
        self._lines: dict[str, list[tuple[int, int, int, str]]] = {}
        self._first = workflow.id
        self._unit = workflow.unit
        for order, node in enumerate(_nodes(workflow)):
            self._known.add(node.id)
            if node.line:
                end = max(node.line, node.end_line)
                places = self._lines.setdefault(node.unit.partition("::")[0], [])
                places.append((end - node.line, order, node.line, node.id))

    def find(self, event: Event) -> str:
        """The node's id; of those that cover a line, the one that covers the fewest."""
        if event.node == self._unit and event.node:
            return self._first
        if event.node in self._known:
            return event.node
        around = [one for one in self._lines.get(event.file, ()) if one[2] <= event.line <= one[2] + one[0]]
        return min(around)[3] if around else ""


def _nodes(workflow: Workflow) -> Iterator[Node]:
    for _, body in run_bodies(workflow):
        yield from walk(body)
