"""Goes through the nodes of a workflow in the order of the code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discover.model import Call, Decision, End, Guard, Hop, Loop, Node, OneOf, Parallel, Step, Wait, Workflow


def walk(body: Sequence[Node]) -> Iterator[Node]:
    """All nodes of a body, each before what it holds."""
    for node in body:
        yield node
        for inner in inner_bodies(node):
            yield from walk(inner)


def inner_bodies(node: Node) -> Sequence[Sequence[Node]]:
    """The sequences that a node holds, in order."""
    match node:
        case Step() | Hop() | End() | Wait():
            return ()
        case Call() | Loop():
            return (node.body,)
        case Decision() | OneOf() | Parallel():
            return [branch.body for branch in node.branches]
        case Guard():
            return (node.body, *(handler.body for handler in node.handlers), node.last)


def run_bodies(workflow: Workflow) -> Iterator[tuple[str, Sequence[Node]]]:
    """Each run's id and body; the first run has the workflow's unit as its id."""
    yield workflow.unit or workflow.id, workflow.body
    for run in workflow.runs:
        yield run.id, run.body


def units_shown(workflow: Workflow) -> set[str]:
    """The units of which a workflow shows something: its runs', and those in which its nodes stand."""
    units = {workflow.unit, *(run.unit for run in workflow.runs)}
    for _, body in run_bodies(workflow):
        for node in walk(body):
            units.add(node.unit)
            if isinstance(node, Call):
                units.add(node.callee)
    return units - {""}


def effects_shown(workflow: Workflow) -> set[str]:
    """The ids of the effects that its steps tell."""
    steps = (node for _, body in run_bodies(workflow) for node in walk(body) if isinstance(node, Step))
    return {effect for step in steps for effect in (step.effect, *step.also)}


def shown_in(workflow: Workflow) -> dict[str, str]:
    """For the units of runs without a body of their own: the run in which a call first shows what the unit does.

    The first run has the workflow's id.
    """
    wanted = {run.unit for run in workflow.runs if not run.body}
    found: dict[str, str] = {}
    if not wanted:
        return found
    for run, body in ((workflow.id, workflow.body), *((run.id, run.body) for run in workflow.runs)):
        for node in walk(body):
            if isinstance(node, Call) and node.body and node.callee in wanted:
                found.setdefault(node.callee, run)
    return found


def count_runs(workflow: Workflow) -> tuple[int, int]:
    """How many runs are opened, as the scan counted them, and how many are only named.

    A document that was written by hand may count nothing: all runs that it lists are opened then.
    """
    listed = 1 + len(workflow.runs)
    opened = workflow.counts.runs or listed
    return opened, max(0, listed - opened)
