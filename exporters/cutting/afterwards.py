"""What a queue's own settings let happen when a run has failed for good: it is the run's `on_failure`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from discover import model

EVIDENCE = "runs after failure"
FRAMEWORKS = frozenset({"dramatiq"})
"""Queues whose host in the workers sends the messages when it is told of the failure."""


def split(nodes: Iterable[model.Node]) -> tuple[tuple[model.Node, ...], tuple[model.Hop, ...]]:
    """The run's own nodes, and the hops that follow its failure."""
    kept: list[model.Node] = []
    hops: list[model.Hop] = []
    for node in nodes:
        if not isinstance(node, model.Guard):
            kept.append(node)
            continue
        body, inner = split(node.body)
        hops += inner
        after = [one for branch in node.handlers for one in branch.body]
        if after and all(isinstance(one, model.Hop) and one.evidence == EVIDENCE for one in after):
            hops += [one for one in after if isinstance(one, model.Hop)]
            kept += body
        else:
            kept.append(msgspec.structs.replace(node, body=body))
    return tuple(kept), tuple(hops)
