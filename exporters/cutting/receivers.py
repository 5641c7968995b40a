"""Puts what receivers of signals do where the signal is sent: they run inside the code that sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from discover import model
from exporters.cutting.marks import rebuilt

EVIDENCE = "runs inside the code that sends the signal"


def with_receivers(
    nodes: Iterable[model.Node], runs: Mapping[str, model.Run], inside: frozenset[str] = frozenset()
) -> tuple[model.Node, ...]:
    """The nodes, with a call of each receiver behind the hop that reaches it at once."""
    found: list[model.Node] = []
    for node in nodes:
        found.append(_inner(node, runs, inside))
        if isinstance(node, model.Hop) and node.inline:
            found.extend(_calls(node, runs, inside))
    return tuple(found)


def is_receiver(node: model.Node) -> TypeGuard[model.Call]:
    """Whether the node is a receiver that was put there."""
    return isinstance(node, model.Call) and node.evidence == EVIDENCE


def _calls(hop: model.Hop, runs: Mapping[str, model.Run], inside: frozenset[str]) -> Iterable[model.Node]:
    for target in hop.runs:
        run = runs.get(target)
        if run is not None and target not in inside:
            yield model.Call(
                id=f"{hop.id}.{run.id}",
                name=hop.name,
                unit=hop.unit,
                line=hop.line,
                evidence=EVIDENCE,
                callee=run.unit,
                body=with_receivers(run.body, runs, inside | {target}),
            )


def _inner(node: model.Node, runs: Mapping[str, model.Run], inside: frozenset[str]) -> model.Node:
    return rebuilt(node, lambda nodes: with_receivers(nodes, runs, inside))
