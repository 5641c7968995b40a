"""The risks that the workflow view makes visible. One function per rule; precision before recall.

| rule | severity |
| --- | --- |
| `outside-call-without-timeout` | warning |
| `enqueued-in-transaction` | warning |
| `failure-swallowed` | warning, info when it is logged |
| `retry-repeats-effect` | warning |
| `nobody-receives` | warning |
| `never-enqueued` | info |

A finding says the place, the reason and the fix, and belongs to the highest ranked workflow that shows the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from discover.facts import records as facts
from discover.facts.walking import within
from discover.infer.attempts import SUCCEEDED
from discover.infer.jumps import JUMPS
from discover.infer.keys import unit_of
from discover.infer.node_trees import bodies_of, walked
from discover.infer.steps import is_quiet_effect
from discover.infer.templates import Templates
from discover.link.records import Linked, UnitPlan
from discover.link.units import plain
from discover.model import Call, Decision, End, Finding, Guard, Hop, Node, Step, Trigger, Workflow

_OUTSIDE = ("http", "email", "message", "sdk", "cloud")


class Risks(NamedTuple):
    """All findings, and for each workflow the short names of its own."""

    all: tuple[Finding, ...]
    of_workflow: dict[str, tuple[str, ...]]


def find_risks(linked: Linked, workflows: Sequence[tuple[Workflow, tuple[str, ...]]], templates: Templates) -> Risks:
    """The findings of all rules; `workflows` with the keys that each opens, best first."""
    owner: dict[str, str] = {}
    opened: dict[str, None] = {}
    for workflow, keys in workflows:
        for key in keys:
            owner.setdefault(unit_of(key), workflow.id)
            opened[key] = None
    shown = [(unit_of(key), templates.of(key).nodes) for key in sorted(opened)]
    found: dict[tuple[str, int, str], Finding] = {}
    for rule in RULES:
        for finding in rule(linked, shown):
            owned = msgspec.structs.replace(finding, workflow=owner.get(finding.at, ""))
            found.setdefault((finding.at, finding.line, finding.rule), owned)
    for finding in linked.findings:
        owned = msgspec.structs.replace(finding, workflow=owner.get(finding.at, ""))
        found.setdefault((finding.at, finding.line, finding.rule), owned)
    ordered = tuple(found[key] for key in sorted(found))
    of_workflow: dict[str, tuple[str, ...]] = {}
    for finding in ordered:
        if finding.workflow:
            name = f"{finding.rule} {finding.at}:{finding.line}"
            of_workflow[finding.workflow] = (*of_workflow.get(finding.workflow, ()), name)
    return Risks(ordered, of_workflow)


Shown = list[tuple[str, tuple[Node, ...]]]


def _without_timeout(linked: Linked, _: Shown) -> Iterator[Finding]:
    for unit, plan in linked.plans.items():
        source = linked.sources.get(unit)
        limited = _limited(plan, source.body if source is not None else None)
        for number, effects in plan.effects.items():
            covered = number in limited or (number not in plan.covers and plan.cover.timeout is not None)
            for at in effects:
                if at.can_hang and not covered:
                    effect = at.effect
                    where = effect.service or effect.target or "the other side"
                    yield Finding(
                        rule="outside-call-without-timeout",
                        severity="warning",
                        message=f"The call to {where} has no timeout: when {where} does not answer, the run hangs for "
                        "ever. Give it a timeout.",
                        at=effect.at,
                        line=effect.line,
                    )


def _limited(plan: UnitPlan, body: facts.Function | None) -> set[int]:
    """The calls that have a limit of time: one of their own, or that of a call or a `with` around them."""
    limited = {number for number, cover in plan.covers.items() if cover.timeout is not None}
    if not limited or body is None:
        return limited
    inner: set[int] = set()
    for record in within(body.body):
        around = [item.value for item in record.items] if isinstance(record, facts.With) else [record]
        if any(isinstance(call, facts.Call) and call.number in limited for call in around):
            inner.update(call.number for call in within(record) if isinstance(call, facts.Call))
    return limited | inner


def _swallowed(_: Linked, shown: Shown) -> Iterator[Finding]:
    for unit, nodes in shown:
        for node, later in _with_later(nodes):
            if not isinstance(node, Guard) or node.kind != "swallow" or not later:
                continue
            broad = [h for h in node.handlers if h.condition in ("", "Exception", "BaseException")]
            lost = next((n for n in walked(node.body) if _changes(n)), None)
            if broad and lost is not None:
                silent = node.evidence == "silent"
                yield Finding(
                    rule="failure-swallowed",
                    severity="warning" if silent else "info",
                    message=f"When “{lost.name}” fails, every error is {'dropped' if silent else 'only logged'} and "
                    "the steps after it run as if it had worked. Catch the errors that are expected, or stop here.",
                    at=unit,
                    line=node.line,
                )


def _with_later(nodes: Iterable[Node]) -> Iterator[tuple[Node, bool]]:
    """Each node at the top of a unit, and whether something that is not a read follows it in any case."""
    ordered = list(nodes)
    later = False
    for node in reversed(ordered):
        yield node, later
        if isinstance(node, Decision) and node.evidence == SUCCEEDED:
            continue
        later = later or any(_changes(n) for n in walked((node,)))


def _changes(node: Node) -> bool:
    if isinstance(node, Step):
        return not is_quiet_effect(node.kind, node.detail, node.service)
    return isinstance(node, Hop | Call)


def _repeated(linked: Linked, shown: Shown) -> Iterator[Finding]:
    for unit, nodes in shown:
        options = linked.runs.get(unit)
        plan = linked.plans.get(unit)
        if (options is not None and options.retry is not None and options.retry.on) or (
            plan is not None and plan.cover.retry
        ):
            yield from _repeats(unit, nodes)
        for node in walked(nodes):
            if isinstance(node, Guard) and (node.kind == "retry" or node.retry is not None):
                yield from _repeats(unit, node.body)


def _repeats(unit: str, nodes: tuple[Node, ...]) -> Iterator[Finding]:
    """A step that must not happen twice, before another that can fail and so repeats both."""
    for node, later in _with_outside_later(nodes):
        once = any(one.kind == "once" for one in node.safeguards)
        if isinstance(node, Step) and later is not None and not once and _must_not_repeat(node):
            yield Finding(
                rule="retry-repeats-effect",
                severity="warning",
                message=f"“{node.name}” is done again when “{later.name}”, after it, fails and the whole is retried. "
                "Give it an idempotency key, or retry only what failed.",
                at=unit,
                line=node.line,
            )


def _with_outside_later(nodes: tuple[Node, ...], later: Step | None = None) -> Iterator[tuple[Node, Step | None]]:
    """Each node, also within branches, with the next step outside whose failure ends the flow that it stands in."""
    if nodes and isinstance(nodes[-1], End) and nodes[-1].text not in JUMPS:
        later = None
    for node in reversed(nodes):
        yield node, later
        if isinstance(node, Guard):
            yield from _with_outside_later(node.last, later)
            after = next(_failing(node.last), later)
            for body in (node.body, *(branch.body for branch in node.handlers)):
                yield from _with_outside_later(body, after)
        else:
            for body in bodies_of(node):
                yield from _with_outside_later(body, later)
        later = next(_failing((node,)), later)


def _failing(nodes: tuple[Node, ...]) -> Iterator[Step]:
    """The steps outside whose failure is not handled right there."""
    for node in nodes:
        if isinstance(node, Step):
            if node.kind in _OUTSIDE:
                yield node
        elif isinstance(node, Guard) and node.kind in ("swallow", "fallback"):
            yield from _failing(node.last)
        else:
            for body in bodies_of(node):
                yield from _failing(body)


def _must_not_repeat(step: Step) -> bool:
    if step.kind == "http":
        return step.detail.upper() == "POST"
    return step.kind in ("email", "message")


def _unreceived(linked: Linked, _: Shown) -> Iterator[Finding]:
    """A name in the project's own namespace that nothing there has: surely a mistake, not another service's task."""
    own = {unit.partition("::")[0].partition("/")[0].removesuffix(".py") for unit in linked.sources}
    for unit, plan in linked.plans.items():
        for handovers in plan.handovers.values():
            for handover in handovers:
                name = handover.name
                head, dot, _rest = name.partition(".")
                if handover.targets or handover.kind != "dispatch" or not dot or "{}" in name or head not in own:
                    continue
                yield Finding(
                    rule="nobody-receives",
                    severity="warning",
                    message=f"“{name}” is enqueued, and the project has no task of this name: the message fails or "
                    "stays in the queue. Correct the name, or import the module that defines the task.",
                    at=plain(unit),
                    line=handover.line,
                )


def _never_enqueued(linked: Linked, _: Shown) -> Iterator[Finding]:
    """A task that no code enqueues, calls, names or schedules.

    Nothing is told where one hand-over's receiver is unknown (a name that is computed may be any task's) or where none
    is known: such a project's tasks are sent by others.
    """
    handovers = [h for plan in linked.plans.values() for found in plan.handovers.values() for h in found]
    dispatches = [handover for handover in handovers if handover.kind == "dispatch"]
    if not dispatches or not all(handover.targets for handover in dispatches):
        return
    reached = {edge.target for edge in linked.edges}
    scheduled = {trigger.handler for trigger in linked.triggers if trigger.kind != "task"}
    named = {handover.name.rpartition(".")[2] for handover in handovers}
    for trigger in linked.triggers:
        unit = trigger.handler
        if trigger.kind != "task" or unit in reached or unit in scheduled or named & _names(trigger):
            continue
        yield Finding(
            rule="never-enqueued",
            severity="info",
            message="Nothing in the project enqueues, calls or schedules this task. Remove it, unless another "
            "program sends it.",
            at=unit,
            line=trigger.line,
        )


def _names(task: Trigger) -> set[str]:
    """The last parts of the names under which a task may be sent."""
    function = task.handler.rpartition("::")[2].rpartition(".")[2]
    return {function, (task.detail.name or function).rpartition(".")[2]}


RULES: tuple[Callable[[Linked, Shown], Iterator[Finding]], ...] = (
    _without_timeout,
    _swallowed,
    _repeated,
    _unreceived,
    _never_enqueued,
)
