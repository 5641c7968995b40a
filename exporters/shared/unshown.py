"""What one scan of a workflow shows and another has no room for: of that nothing can be said to have come or gone."""

from __future__ import annotations

from collections.abc import Iterator

from discover.model import Call, Hop, Node, Workflow
from exporters.shared.nodes import run_bodies, walk


def without_room(workflow: Workflow) -> set[str]:
    """The units that a workflow calls or runs without showing what they do; none where everything fits."""
    if not workflow.truncated:
        return set()
    calls = [node for _, body in run_bodies(workflow) for node in walk(body) if isinstance(node, Call)]
    shown = {call.callee for call in calls if call.body} | {run.unit for run in workflow.runs if run.body}
    return ({call.callee for call in calls} | {run.unit for run in workflow.runs}) - shown


def unshown(workflow: Workflow, other: Workflow) -> tuple[set[str], set[str]]:
    """The nodes and the runs of a workflow for which its other state has no room, by their ids."""
    closed = without_room(other)
    if not closed:
        return set(), set()
    units = {run.id: run.unit for run in workflow.runs}
    runs = {run for run, unit in units.items() if unit in closed}
    missing = units.keys() - {run.id for run in other.runs}
    nodes: set[str] = set()
    before = -1
    while before < len(nodes) + len(runs):
        before = len(nodes) + len(runs)
        nodes |= {node.id for node in _inside(workflow, closed, runs)}
        runs |= missing - _reached(workflow, nodes)
    return nodes, runs


def _inside(workflow: Workflow, closed: set[str], runs: set[str]) -> Iterator[Node]:
    for run, body in run_bodies(workflow):
        for node in walk(body):
            if run in runs:
                yield node
            elif isinstance(node, Call) and node.callee in closed:
                yield from walk(node.body)


def _reached(workflow: Workflow, hidden: set[str]) -> set[str]:
    """The runs that some other node hands work to."""
    nodes = (node for _, body in run_bodies(workflow) for node in walk(body))
    return {run for node in nodes if isinstance(node, Hop) and node.id not in hidden for run in node.runs}
