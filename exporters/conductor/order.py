"""Starts that stand side by side: what one step has sent to their runs may be in an order, and is let go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporters.base import Loss
from exporters.canonical.records import Definition, Element, Run, Start
from exporters.canonical.walk import parts

Group = tuple[Start, ...]


def together(steps: Sequence[Element]) -> Iterator[tuple[Element, ...]]:
    """Elements one by one, but starts of the same step that follow each other as one group."""
    group: list[Element] = []
    for element in steps:
        before = group[-1] if group else None
        if before is not None and not (_are_starts(before, element)):
            yield tuple(group)
            group = []
        group.append(element)
    if group:
        yield tuple(group)


def groups(run: Run, step: str) -> list[Group]:
    """The groups of starts that let go what a step sends."""
    found = [group for sequence in _sequences(run) for group in together(sequence)]
    return [
        tuple(start for start in group if isinstance(start, Start))
        for group in found
        if isinstance(first := group[0], Start) and first.of == step
    ]


def losses(definition: Definition) -> Iterator[Loss]:
    """Steps whose messages are let go at several places: an order between those is not kept."""
    for run in definition.runs:
        steps = dict.fromkeys(
            start.of for sequence in _sequences(run) for start in sequence if isinstance(start, Start)
        )
        for step in steps:
            places = {frozenset(start.run for start in group) for group in groups(run, step)}
            if len(places) > 1:
                reason = "its starts do not stand side by side: one message of it can't wait for another"
                yield Loss("message-order", f"{definition.id}#{step}", reason)


def _are_starts(one: Element, other: Element) -> bool:
    return isinstance(one, Start) and isinstance(other, Start) and one.of == other.of


def _sequences(run: Run) -> Iterator[tuple[Element, ...]]:
    open_ones = [run.steps, run.on_failure]
    while open_ones:
        sequence = open_ones.pop(0)
        yield sequence
        open_ones += [part for element in sequence for part in parts(element)]
