"""What a queue's own settings let happen when a run has failed for good: it is the run's `on_failure`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from discover import model
from exporters.cutting.marks import deep, rebuilt

EVIDENCE = "runs after failure"
FRAMEWORKS = frozenset({"dramatiq"})
"""Queues whose host in the workers sends the messages when it is told of the failure."""


def without_failures(nodes: Iterable[model.Node]) -> tuple[tuple[model.Node, ...], tuple[model.Hop, ...]]:
    """The run's own nodes, and the hops that follow its failure."""
    kept: list[model.Node] = []
    hops: list[model.Hop] = []
    for node in nodes:
        if not isinstance(node, model.Guard):
            kept.append(node)
            continue
        body, inner = without_failures(node.body)
        hops += inner
        after = [one for branch in node.handlers for one in branch.body]
        if after and all(isinstance(one, model.Hop) and one.evidence == EVIDENCE for one in after):
            hops += [one for one in after if isinstance(one, model.Hop)]
            kept += body
        else:
            kept.append(msgspec.structs.replace(node, body=body))
    return tuple(kept), tuple(hops)


Callbacks = dict[str, dict[str, None]]
"""By the run that fails: the runs that are called then, in order."""
FAILS = "it fails"
_CALLING = "rq."
"""RQ calls what is to follow a failure inside the worker, with its own job: no message starts it."""


def without_callbacks(nodes: Iterable[model.Node], found: Callbacks) -> tuple[model.Node, ...]:
    """The nodes without the hops to what is called when the job before them fails; these are noted."""
    kept: list[model.Node] = []
    for node in nodes:
        called = _called_on_failure(node)
        before = kept[-1] if kept else None
        if called and isinstance(before, model.Hop):
            for run in before.runs:
                found.setdefault(run, {}).update(dict.fromkeys(called))
            continue
        kept.append(rebuilt(node, lambda inner: without_callbacks(inner, found)))
    return tuple(kept)


def without_called(runs: Sequence[model.Run], callbacks: Callbacks) -> list[model.Run]:
    """The runs without those that are callbacks and that nothing else starts; the first one stays."""
    called = {run for each in callbacks.values() for run in each}
    sent = {run for one in runs for node in deep(one.body) if isinstance(node, model.Hop) for run in node.runs}
    return [run for number, run in enumerate(runs) if number == 0 or run.id not in called or run.id in sent]


def _called_on_failure(node: model.Node) -> list[str]:
    if not isinstance(node, model.Decision) or node.condition != FAILS:
        return []
    inner = [one for branch in node.branches for one in branch.body]
    hops = [one for one in inner if isinstance(one, model.Hop) and one.evidence.startswith(_CALLING)]
    return [run for hop in hops for run in hop.runs] if len(hops) == len(inner) else []
