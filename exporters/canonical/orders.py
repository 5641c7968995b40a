"""Checks the order of what a step starts: it names what the same step starts, and leads back to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporters.canonical.faults import Fault
from exporters.canonical.records import Run, Start
from exporters.canonical.walk import Path, located


def faults(run: Run, path: Path) -> Iterator[Fault]:
    """All faults in `after` of the run's starts."""
    every = [*located(run.steps, (*path, "steps")), *located(run.on_failure, (*path, "on_failure"))]
    starts = [(element, where) for element, where in every if isinstance(element, Start)]
    for start, where in starts:
        beside = {other.run: other.after or () for other, _ in starts if other.of == start.of}
        for number, before in enumerate(start.after or ()):
            if before not in beside:
                yield Fault((*where, "after", number), f"the step `{start.of}` starts no run `{before}`")
            elif start.run in _reached(before, beside):
                yield Fault((*where, "after", number), f"`{start.run}` and `{before}` wait for each other")


def _reached(run: str, beside: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The run and all that it comes after."""
    found: set[str] = set()
    waiting = [run]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(beside.get(one, ()))
    return found
