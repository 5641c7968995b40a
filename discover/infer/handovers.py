"""Hops: what a call hands over, told as the reader shall see it; and what all flows of a unit share."""

from __future__ import annotations

from msgspec.structs import replace

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.infer.keys import split_key
from discover.infer.names import joined, short_name
from discover.infer.own_class import OwnClass
from discover.infer.reach import Reach, is_heard
from discover.infer.receivers import Receivers
from discover.infer.steps import hop_from, step_from
from discover.link.records import Covering, Handover, Linked, Target, UnitPlan
from discover.model import Branch, Decision, Hop, Node, OneOf, Parallel

TRY_AGAIN = "Try the task again later"
DECIDED = "decided by the caller"
"""Evidence of a decision of which a caller leaves only one way."""
SHOWN_TARGETS = 12
"""Of so many possible targets of one call each gets a branch; the others share one that says how many they are."""

OF_CLASS = 0.9
"""How certain a receiver is of which only the sender's class was in question, once that is known."""


class HandoverFlow:
    """A unit on its way to nodes: what is known of it, the ids of its nodes, its hops."""

    def __init__(self, key: str, linked: Linked, reach: Reach, receivers: Receivers) -> None:
        unit, receiver, self.variant, _ = split_key(key)
        self.own_class = OwnClass(receiver, receivers)
        self.unit = unit
        self.plan_key = unit
        """The unit whose plan it is: of a lambda shown within this unit, the lambda."""
        self.receivers = receivers
        self._through_self = False
        self._says_writes = False
        """What the library writes at the call that is being told is told as the call's own effect."""
        self._is_silent = False
        """So the library's work that is being told does not say it."""
        source = linked.sources.get(unit)
        parameters = source.body.parameters if source is not None and source.body is not None else []
        self.own_name = parameters[0].name if parameters else ""
        self.linked = linked
        self.reach = reach
        self.plan: UnitPlan = self.planned(unit, linked)
        self.is_run = unit in linked.runs and linked.runs[unit].kind in ("task", "consumer", "schedule")
        self._serials: dict[int, int] = {}
        self.inside: set[str] = set()
        """Lambdas that are being shown."""
        self.nesting = 0
        self.outside: set[int] = set()
        """Calls that cover the body of the `with` or the loop that they stand in, and not themselves."""
        self.covering: dict[int, Covering] = {}
        """Calls that cover something and have done nothing so far."""
        self.answers: dict[str, tuple[str, ...]] = {}
        """Of calls that may decide: the names that their answers are given, by node id."""

    def planned(self, key: str, linked: Linked) -> UnitPlan:
        """The unit's plan, as the variant has it."""
        plan = linked.plans.get(key) or UnitPlan()
        return linked.variants.planned(self.variant, plan) if self.variant and linked.variants is not None else plan

    def identity(self, line: int) -> str:
        """A new node id: unit, line, and a serial number where the line has several nodes."""
        serial = self._serials.get(line, 0)
        self._serials[line] = serial + 1
        return f"{self.unit}:{line}.{serial}" if serial else f"{self.unit}:{line}"

    def _is_self(self, expression: facts.Expr) -> bool:
        return isinstance(expression, facts.Name) and expression.id == self.own_name

    def parallel(self, branches: list[Branch], line: int, name: str, each: str = "", *, join: bool = True) -> Parallel:
        """Branches that run beside one another."""
        identity = self.identity(line)
        return Parallel(
            id=identity, name=name, unit=self.unit, line=line, branches=tuple(branches), each=each, join=join
        )

    def effects_at(self, line: int) -> list[Node]:
        """The steps and hops that a statement makes without a call."""
        steps: list[Node] = [step_from(at, self.identity(line), line) for at in self.plan.unplaced.get(line, ())]
        return steps + self.hops(self.plan.left_behind.get(line, []))

    def hops(self, handovers: list[Handover]) -> list[Node]:
        """The hops of one call: stage after stage, those of one stage side by side; one of several alternatives."""
        shown = [heard for h in handovers if (heard := self._heard(h)) is not None]
        choices = {h.choice.rpartition("/")[0] for h in shown}
        if len(choices) == 1 and "" not in choices:
            return [self._alternatives(shown)]
        return self._staged(shown)

    def _alternatives(self, handovers: list[Handover]) -> Node:
        """What the code has chosen before the call: a branch for each."""
        identity, line = self.identity(handovers[0].line), handovers[0].line
        branches: list[Branch] = []
        for choice in dict.fromkeys(h.choice for h in handovers):
            some = [h for h in handovers if h.choice == choice]
            label = joined([short_name(target.unit) for h in some for target in h.targets]) or some[0].name
            branches.append(Branch(label=label, body=tuple(self._staged(some))))
        return OneOf(
            id=identity,
            name=f"One of {len(branches)}: {joined([branch.label for branch in branches])}",
            unit=self.unit,
            line=line,
            branches=tuple(branches),
            confidence=min(h.confidence for h in handovers),
            evidence=handovers[0].evidence,
        )

    def _staged(self, shown: list[Handover]) -> list[Node]:
        out: list[Node] = []
        before: tuple[str, ...] = ()
        for stage in sorted({h.stage for h in shown}):
            here = [h for h in shown if h.stage == stage]
            hops: list[Node] = [self._hop(h, before) for h in here]
            before = _that_go_on(here) or before
            if len(hops) > 1 and all(h.kind == "dispatch" and not h.inline for h in here):
                branches = [Branch(label=h.name, body=(h,)) for h in hops]
                out.append(self.parallel(branches, here[0].line, f"{len(hops)} jobs side by side", join=False))
            else:
                out.extend(hops)
        return out

    def _heard(self, handover: Handover) -> Handover | None:
        """A signal with only the receivers that do something; None where there are none. Other hand-overs as given."""
        if handover.kind != "signal":
            return handover
        live = tuple(t for t in handover.targets if is_heard(t) and self.reach.is_live(t.unit))
        if len(live) == len(handover.targets):
            return handover if live else None
        return replace(handover, targets=live) if live else None

    def _hop(self, handover: Handover, before: tuple[str, ...]) -> Node:
        before = before if handover.outcome == "always" else ()
        hop: Node = self._one_of(handover, before) or hop_from(
            handover, self.identity(handover.line), self.unit, before
        )
        if handover.each:
            branch = Branch(label=hop.name, body=(hop,))
            name = f"One job for each of {handover.each}"
            return self.parallel([branch], handover.line, name, handover.each, join=False)
        if handover.outcome != "always":
            who = joined(list(handover.after)) or "it"
            ends = ("succeed", "fail") if len(handover.after) > 1 else ("succeeds", "fails")
            condition = f"{who} {ends[handover.outcome == 'failure']}"
            return Decision(
                id=self.identity(handover.line),
                name=f"If {condition}",
                unit=self.unit,
                line=handover.line,
                condition=condition,
                branches=(Branch(label="yes", condition=condition, body=(hop,)),),
            )
        return hop

    def _one_of(self, handover: Handover, before: tuple[str, ...]) -> OneOf | None:
        """A hand-over to one of several, picked by data: a branch for each, the last for those that are too many."""
        targets = handover.targets
        if not handover.is_picked or len(targets) < 2:
            return None
        identity = self.identity(handover.line)
        shown = [(target,) for target in targets[:SHOWN_TARGETS]]
        branches: list[Branch] = []
        for some in [*shown, targets[SHOWN_TARGETS:]]:
            if some:
                hop = hop_from(replace(handover, targets=some), self.identity(handover.line), self.unit, before)
                label = short_name(some[0].unit) if len(branches) < SHOWN_TARGETS else f"{len(some)} more"
                branches.append(Branch(label=label, body=(hop,), confidence=some[0].confidence))
        return OneOf(
            id=identity,
            name=f"One of {len(targets)}: {joined([short_name(target.unit) for target in targets])}",
            unit=self.unit,
            line=handover.line,
            branches=tuple(branches),
            confidence=handover.confidence,
            evidence=handover.evidence,
        )

    def _meant(self, number: int) -> list[Handover]:
        """A call's hand-overs, with only the receivers that the class means which the unit is opened for."""
        handovers = self.plan.handovers[number]
        meant = self.own_class.meant(self.plan.meant.get(number, {}))
        if meant is None:
            return handovers
        narrowed = ((h, tuple(_known(t) for t in h.targets if t.unit in meant)) for h in handovers)
        return [
            replace(h, targets=targets, confidence=max(h.confidence, min(t.confidence for t in targets)))
            for h, targets in narrowed
            if targets
        ]

    def _again(self, call: facts.Call, node: Node) -> Node:
        """A task's hand-over to itself by its `retry` is told as what it is."""
        function = call.function
        is_retry = isinstance(function, facts.Attribute) and function.name == "retry"
        is_retry = is_retry or (isinstance(node, Hop) and node.channel == "retry")
        if is_retry and isinstance(node, Hop) and node.runs == (self.unit,):
            return _named(node, TRY_AGAIN)
        return node

    def _retry(self, node: facts.Call, out: list[Node]) -> None:
        if text_of(node.function) != "self.retry":
            return
        delay = next((k.value for k in node.keywords if k.name == "countdown"), None)
        known = delay.value if isinstance(delay, facts.Constant) and isinstance(delay.value, int | float) else None
        again = Handover(
            kind="dispatch",
            line=node.line,
            targets=(Target(self.unit, 1.0, "self.retry"),),
            delay=known,
            delay_text=text_of(delay),
            evidence="self.retry",
        )
        hop = hop_from(again, self.identity(node.line), self.unit)
        out.append(_named(hop, TRY_AGAIN))


def _that_go_on(stage: list[Handover]) -> tuple[str, ...]:
    """The runs of a stage that the next one waits for: not those that only an outcome begins."""
    going = [h for h in stage if h.outcome == "always"]
    runs = [[target.unit for target in h.targets] or [h.name] for h in going]
    return tuple(dict.fromkeys(run for some in runs for run in some if run))


def _known(target: Target) -> Target:
    """A receiver of what objects of a class send, where the object's class is known."""
    return target._replace(confidence=max(target.confidence, OF_CLASS))


def _named(hop: Hop, name: str) -> Hop:
    return replace(hop, name=name)
