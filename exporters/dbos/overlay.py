"""What has happened to a run, for the diagram of its workflow."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.canonical import Definition
from exporters.canonical.records import Element
from exporters.canonical.walk import all_elements, elements, parts
from exporters.dbos.durable.history import Happened, RunReport
from exporters.shared.overlay import Event, Overlay, Status


def overlay_of(definition: Definition, report: RunReport) -> Overlay:
    """The events of a run on the diagram that `as_workflow` makes of its definition."""
    again = {happened.element for happened in report.events if happened.status == "retried"}
    events = [_event(happened, definition, is_again=happened.element in again) for happened in report.events]
    events += list(_around(definition, report))
    events += list(_skipped(definition, report))
    return Overlay(workflow=definition.id, title=report.id, events=tuple(events))


def _event(happened: Happened, definition: Definition, *, is_again: bool) -> Event:
    """The first run is the workflow's own; what came but once was not tried again, whichever try of it that was."""
    statuses: dict[str, Status] = {"retried": "retried", "failed": "failed", "waiting": "waiting"}
    return Event(
        status=statuses.get(happened.status, "taken"),
        node=definition.id if happened.element == definition.start else happened.element,
        started=happened.started,
        ended=None if happened.status == "waiting" else happened.ended,
        attempt=happened.tries if is_again else 1,
        text=happened.error or happened.said,
    )


def _around(definition: Definition, report: RunReport) -> Iterator[Event]:
    """Elements that hold others are taken when one of these is."""
    found = {happened.element for happened in report.events}
    for run in definition.runs:
        for element in all_elements(run):
            if parts(element) and element.id not in found:
                inside = [h for h in report.events if h.element in _ids(parts(element))]
                if inside:
                    starts = [h.started for h in inside if h.started is not None]
                    ends = [h.ended for h in inside if h.ended is not None]
                    yield Event(
                        status="taken",
                        node=element.id,
                        started=min(starts, default=None),
                        ended=max(ends, default=None),
                    )


def _skipped(definition: Definition, report: RunReport) -> Iterator[Event]:
    """What nothing has come to, in runs that have ended; all of it when the whole has ended."""
    done = {state.run for state in report.runs if state.status not in {"running", "waiting"}}
    found = {happened.element for happened in report.events}
    for run in definition.runs:
        if run.id in done or report.status != "running":
            for element in all_elements(run):
                if not ({element.id, *_ids(parts(element))} & found):
                    yield Event(status="skipped", node=element.id)


def _ids(sequences: tuple[tuple[Element, ...], ...]) -> set[str]:
    return {element.id for sequence in sequences for element in elements(sequence)}
