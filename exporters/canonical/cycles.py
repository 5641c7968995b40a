"""Runs that would start each other for ever."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.canonical.faults import Fault
from exporters.canonical.records import Decision, Definition, Element, End, Loop, Retrying, Start, Try, Wait, While
from exporters.canonical.walk import Path, located, named_parts


def faults(definition: Definition) -> Iterator[Fault]:
    """Each start that closes a circle in which nothing waits, counts or decides."""
    edges: dict[str, dict[str, Path]] = {}
    for number, run in enumerate(definition.runs):
        found = edges.setdefault(run.id, {})
        for start, path in _certain(run.steps, ("runs", number, "steps")):
            found.setdefault(start.run, path)
    for run in definition.runs:
        for target, path in edges[run.id].items():
            way = _way(edges, target, run.id)
            if way is not None:
                told = " → ".join([run.id, *way])
                yield Fault(path, f"{told}: these runs start each other for ever; nothing waits or decides in between")


def _certain(elements: tuple[Element, ...], path: Path) -> Iterator[tuple[Start, Path]]:
    """The starts that happen at once whenever the sequence does."""
    for number, element in enumerate(elements):
        here = (*path, number)
        if isinstance(element, Start):
            if not (element.many or element.delay or element.delay_in):
                yield element, here
            continue
        if isinstance(element, Wait | End):
            return
        if isinstance(element, Decision | Loop | While):
            if any(isinstance(inner, End) for inner, _ in located((element,), ())):
                return
            continue
        for way, part in named_parts(element):
            # What catches an error decides; what is tried, retried or done side by side happens.
            if not isinstance(element, Try) or way in {("steps",), ("last",)}:
                yield from _certain(part, (*here, *way))
        if isinstance(element, Try | Retrying) and any(isinstance(i, Wait | End) for i, _ in located((element,), ())):
            return


def _way(edges: dict[str, dict[str, Path]], start: str, end: str) -> list[str] | None:
    """The runs from one to another, both named; the shortest way."""
    ways: list[list[str]] = [[start]]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for target in edges.get(way[-1], {}):
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None
