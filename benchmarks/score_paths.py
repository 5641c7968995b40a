"""Edges and effects against what was seen while the backend's own tests ran: recall only, absence proves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.document import Scan, clean
from benchmarks.measures import Measure, of_results
from benchmarks.truth import Event, Truth

EFFECTS = {
    "http": {"http", "sdk", "webhook"},
    "email": {"email", "message", "sdk"},
    "db_write": {"db_write"},
    "aws": {"cloud", "file", "message", "sdk", "email"},
}
"""The kind of an event, and the kinds of effect that name it."""


class PathScore:
    """Collects a result for each distinct case in the events."""

    def __init__(self, scan: Scan, truth: Truth) -> None:
        self._scan = scan
        self._tasks = {task.name: clean(task.handler) for task in truth.tasks if task.handler}
        self._short: dict[str, set[str]] = defaultdict(set)
        for handler in self._tasks.values():
            self._short[handler.split("::")[-1]].add(handler)
        self._reached: dict[str, set[str]] = {}
        self._dispatches: dict[tuple[str, str], bool] = {}
        self._signals: dict[tuple[str, str], bool] = {}
        self._pairs: dict[tuple[str, str], bool] = {}
        self._entries: dict[tuple[str, str], bool] = {}
        self._effects: dict[str, dict[str, bool]] = {kind: {} for kind in EFFECTS}
        for event in truth.events:
            self._add(event)

    def measures(self) -> Iterator[Measure]:
        """Those for which there was an event."""
        results = {
            "dispatch edges": self._dispatches,
            "signal edges": self._signals,
            "call pairs on paths": self._pairs,
            "entry reaches site": self._entries,
            **{f"effect {kind}": cases for kind, cases in self._effects.items()},
        }
        for name, cases in results.items():
            if cases:
                yield of_results(name, cases)

    def _add(self, event: Event) -> None:
        site, chain = clean(event.site), _without_repeats([clean(unit) for unit in event.chain])
        for caller, callee in pairwise(chain):
            self._pairs[caller, callee] = callee in self._scan.calls.get(caller, ())
        entry = clean(event.entry or "")
        if entry and entry in chain and entry != site:
            if entry not in self._reached:
                self._reached[entry] = self._scan.reached_from(entry)
            self._entries[entry, site] = site in self._reached[entry]
        if event.kind == "dispatch":
            self._dispatch(event, site, chain)
        elif event.kind == "signal":
            self._signal(event, site, chain)
        if event.kind in EFFECTS:
            self._effects[event.kind][site] = bool(self._scan.effects.get(site, set()) & EFFECTS[event.kind])

    def _dispatch(self, event: Event, site: str, chain: list[str]) -> None:
        name = event.target or ""
        by_name = self._short.get(name, set())
        target = self._tasks.get(name) or (next(iter(by_name)) if len(by_name) == 1 else None)
        if target:
            seen = self._near(chain, target)
            self._dispatches[site, target] = self._dispatches.get((site, target), False) or seen

    def _signal(self, event: Event, site: str, chain: list[str]) -> None:
        for receiver in (event.detail or "").split(","):
            if ":" in receiver:
                file, qualname = receiver.split(":", 1)
                target = clean(f"{file}::{qualname}")
                self._signals[site, target] = self._near(chain, target)

    def _near(self, chain: list[str], target: str) -> bool:
        """A project's wrapper around the sending call may carry the edge: one of the last three has it."""
        return any(target in self._scan.calls.get(unit, ()) for unit in chain[-3:])


def score_paths(scan: Scan, truth: Truth) -> list[Measure]:
    """Edges, reach and effects."""
    return list(PathScore(scan, truth).measures())


def _without_repeats(chain: list[str]) -> list[str]:
    return [unit for index, unit in enumerate(chain) if index == 0 or unit != chain[index - 1]]
