"""What is laid over the cards of a view: what a run did at each, and what changed there since an earlier scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from exporters.shared.compare import Change, WorkflowChanges
from exporters.shared.overlay import Event, Mark, PlacedOverlay
from exporters.shared.words import number_text

WORST_FIRST: Final = ("failed", "waiting", "retried", "taken")


class Badges:
    """Puts both over one view: `steps` numbers its nodes and runs, `ups` says how far up stands what holds each."""

    def __init__(self, steps: Mapping[str, int], ups: Sequence[int]) -> None:
        self._steps = steps
        self._ups = ups

    def run(self, placed: PlacedOverlay) -> dict[str, Any]:
        """The marks of a run, those of folded calls included, and its events as a list."""
        marks = {self._steps[key]: mark for key, mark in placed.marks.items() if key in self._steps}
        own = [[at, mark.status, mark.tries, _seconds(mark.seconds), mark.text] for at, mark in sorted(marks.items())]
        first = min((one.started for one, _ in placed.timeline if one.started is not None), default=None)
        return {
            "title": placed.title,
            "marks": own,
            "inside": self._inside(marks),
            "events": [self._event(event, key, first) for event, key in placed.timeline],
        }

    def _inside(self, marks: Mapping[int, Mark]) -> list[list[Any]]:
        """For each node around a marked one, and without a mark of its own, the worst that happened inside it."""
        found: dict[int, str] = {}
        for at, mark in marks.items():
            if mark.status == "skipped":
                continue
            around = at
            while self._ups[around]:
                around -= self._ups[around]
                found[around] = min(found.get(around, mark.status), mark.status, key=WORST_FIRST.index)
        return [[at, status] for at, status in sorted(found.items()) if at not in marks]

    def _event(self, event: Event, key: str, first: float | None) -> list[Any]:
        since = _seconds(event.started - first) if event.started is not None and first is not None else ""
        lasted = event.ended - event.started if event.ended is not None and event.started is not None else None
        place = f"{event.file}:{event.line}" if event.file else event.node
        return [self._steps.get(key, -1), event.status, since, _seconds(lasted), event.attempt, event.text, place]

    def changes(self, found: WorkflowChanges) -> dict[str, Any]:
        """What changed, step by step; what is gone has no card."""
        rows = [[self._place(one), one.kind, one.title, one.text, one.unit, one.line] for one in found.changes]
        return {"kind": found.kind, "rows": rows}

    def _place(self, change: Change) -> int:
        return -1 if change.kind == "gone" else self._steps.get(change.key, -1)


def _seconds(value: float | None) -> str:
    """A span of time for people: `350 ms`, `2.5 s`, `4 min 10 s`; empty where it is not known."""
    if value is None:
        return ""
    if value < 1:
        return f"{round(value * 1000)} ms"
    if value < 100:
        return f"{number_text(round(value, 1))} s"
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes} min {seconds} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
