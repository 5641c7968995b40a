"""What runs around a unit: decorators' wrappers, and what a framework runs before, after and on failure."""

from __future__ import annotations

from functools import partial

from discover.infer.expressions import ExpressionFlow
from discover.infer.leaving import at_each_way_out, before_the_end
from discover.infer.names import short_name
from discover.link.records import Linked, Target
from discover.model import Branch, Guard, Node


def around(flow: ExpressionFlow, nodes: list[Node]) -> list[Node]:
    """The unit's nodes with what the framework runs before, after, and on failure."""
    placed: dict[tuple[str, int], list[Target]] = {}
    wrapping: dict[int, list[Target]] = {}
    for hooked in flow.plan.around:
        if hooked.moment == "before" and _works_after(flow.linked, hooked.target.unit):
            wrapping.setdefault(hooked.line, []).append(hooked.target)
        else:
            placed.setdefault((hooked.moment, hooked.line), []).append(hooked.target)
    at: dict[str, list[Node]] = {}
    for (moment, line), targets in placed.items():
        at.setdefault(moment, []).extend(flow.hooked(targets, line, is_own=True))
    following = flow.hops(flow.plan.following)
    for line, targets in wrapping.items():
        nodes = at_each_way_out(nodes, partial(flow.hooked, targets, line, is_own=True))
    nodes = _apart(flow, nodes)
    body: list[Node] = before_the_end(nodes, [*at.get("in", ()), *at.get("success", ()), *following])
    body[:0] = at.get("before", ())
    at.setdefault("failure", []).extend(flow.hops(flow.plan.failing))
    handlers = [
        Branch(label=label, body=tuple(at[moment]))
        for moment, label in (("failure", "it failed for good"), ("retry", "it will be tried again"))
        if at.get(moment)
    ]
    if handlers:
        line = flow.plan.around[0].line if flow.plan.around else flow.plan.failing[0].line
        body = [
            Guard(
                id=flow.identity(line),
                name="When the job fails",
                unit=flow.unit,
                line=line,
                body=tuple(body),
                handlers=tuple(handlers),
            )
        ]
    return before_the_end(body, at.get("after", []))


def _apart(flow: ExpressionFlow, nodes: list[Node]) -> list[Node]:
    """The unit's nodes, beside its caller where a decorator starts a thread or a task for it."""
    plans = flow.linked.plans
    starting = [one for one in flow.plan.around if one.target.unit in plans and plans[one.target.unit].starts_apart]
    if not nodes or not starting:
        return nodes
    branch = Branch(label=short_name(flow.unit), body=tuple(nodes))
    return [flow.parallel([branch], starting[0].line, "Side by side, not waited for", join=False)]


def _works_after(linked: Linked, unit: str) -> bool:
    """Whether a decorator's wrapper does all its work when what it decorates has run: it commits, it notifies."""
    plan = linked.plans.get(unit)
    if plan is None or plan.wraps is None or plan.unplaced or plan.left_behind or plan.following:
        return False
    work = [*plan.calls, *plan.hooks, *plan.handed, *plan.effects, *plan.handovers, *plan.pauses]
    return bool(work) and min(work) > plan.wraps
