"""One unit's own flow, computed once and shared by all workflows: calls stand in it closed."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from discover.infer.around import around
from discover.infer.covering import around_request, shorter, with_cover
from discover.infer.expressions import ExpressionFlow
from discover.infer.fold import folded
from discover.infer.keys import has_request, key_of, split_key, unit_of
from discover.infer.logic import is_soft, without_idle_deciders
from discover.infer.names import is_telling
from discover.infer.node_trees import rebuilt, rebuilt_all, walked
from discover.infer.own_class import OwnClass
from discover.infer.reach import Reach
from discover.infer.receivers import Receivers
from discover.infer.statements import block
from discover.infer.wrapped import does_more, is_given_its_url, named_as
from discover.link.records import Covering, Linked
from discover.model import (
    CORRECTED,
    E_MAIL,
    Call,
    Counts,
    Decision,
    Guard,
    Hop,
    Node,
    OneOf,
    Parallel,
    Safeguard,
    Step,
    Wait,
)

_DEPTH = 60
"""Chains of units that only call the next are followed so far."""


_COMPARED = 8
"""With so many classes another one is compared before its flow is read for it alone."""
_WIDE = 3
"""A choice between more targets than this is opened after everything else."""


class Template(msgspec.Struct, frozen=True):
    """A unit's folded flow with what later passes ask of it."""

    nodes: tuple[Node, ...]
    size: int
    callees: tuple[str, ...]
    """Units that closed calls would open, in order."""
    alternatives: tuple[str, ...]
    """Of these, the ones that only one branch of a wide choice calls: opened last."""
    receivers: tuple[str, ...]
    """Units that hops hand work to, in order."""
    counts: Counts
    services: tuple[str, ...]
    confidence: float


class Templates:
    """The templates of all units, each made when it is first asked for."""

    def __init__(self, linked: Linked, reach: Reach) -> None:
        self.linked = linked
        self.reach = reach
        self.receivers = Receivers(linked)
        self._known: dict[str, Template] = {}
        self._flows: defaultdict[tuple[str, int], list[tuple[OwnClass, tuple[Node, ...]]]] = defaultdict(list)
        """By unit and variant: the flows of some classes."""
        self._making: set[str] = set()
        self._told: dict[str, Step] = {}
        """By the keys of wrappers as calls open them: what the call says of the request."""

    def of(self, key: str) -> Template:
        """The template of a unit, opened for a class where the key names one."""
        found = self._known.get(key)
        if found is None and key in self._told:
            found = self._known[key] = self._named(key)
        elif found is None:
            self._making.add(key)
            first = self._folded(key)
            nodes = rebuilt_all(first, self._closed)
            if nodes is not first:
                nodes = folded(list(nodes), check=self._is_check(unit_of(key)))
            self._making.discard(key)
            found = self._known[key] = _summed(nodes)
        return found

    def _named(self, key: str) -> Template:
        """The template of a wrapper, whose request is what the call says that it is."""
        nodes, told = self.of(_without_request(key)).nodes, self._told[key]
        named = named_as(nodes, told)

        def change(node: Node) -> Node:
            if isinstance(node, Call) and not named and is_given_its_url(self._opened(node)):
                return self._handed_on(node, told)
            return named.get(node.id) or rebuilt(node, change)

        return _summed(rebuilt_all(nodes, change))

    def _handed_on(self, node: Call, told: Step) -> Call:
        """The call by which a wrapper makes its request through another one."""
        unit, receiver, variant, _ = split_key(node.callee)
        key = key_of(unit, receiver, variant, told.effect)
        if (
            key == node.callee
            or key in self._making
            or any("{" not in one.target for one in node.body if type(one) is Step)
        ):
            return node
        self._told[key] = told
        return msgspec.structs.replace(node, callee=key)

    def entry(self, unit: str, receiver: str = "") -> str:
        """The key under which a triggered unit is opened."""
        return self.receivers.entry_key(unit, receiver)

    def _is_check(self, unit: str) -> bool:
        return unit not in self.reach.loud and unit in self.reach.checks

    def _folded(self, key: str) -> tuple[Node, ...]:
        unit, receiver, variant, _ = split_key(key)
        flows = self._flows[unit, variant]
        for own_class, nodes in flows if receiver else ():
            if own_class.is_like(receiver):
                return _opened_for(receiver, nodes, own_class.calls)
        source = self.linked.sources.get(unit)
        flow = ExpressionFlow(key, self.linked, self.reach, self.receivers)
        nodes = block(flow, source.body.body) if source is not None and source.body is not None else []
        if flow.plan.around or flow.plan.following or flow.plan.failing:
            nodes = around(flow, nodes)
        found = without_idle_deciders(folded(nodes, check=self._is_check(unit)), flow.answers)
        if receiver and len(flows) < _COMPARED:
            flows.append((flow.own_class, found))
        return found

    def _closed(self, node: Node) -> Node | None:
        """The node with calls of single-step units replaced by that step, and calls of mere callers by their call."""
        if type(node) is Call:
            return self._collapsed(node)
        return self._wrapped(node) if type(node) is Step else rebuilt(node, self._closed)

    def _wrapped(self, step: Step) -> Step:
        """A request that a function of the project makes, with what is around the request in that function."""
        unit = self.linked.wrapped.get(step.effect, "")
        key = self.entry(unit) if unit else ""
        if not unit or key in self._making or len(self._making) > _DEPTH:
            return step
        plan = self.linked.plans.get(unit)
        cover = around_request(self.of(key).nodes).joined(plan.cover if plan is not None else Covering())
        return with_cover(step, cover)

    def _entered(self, node: Call, told: Step) -> Node:
        """The call of a wrapper, told as its request alone where the wrapper does nothing else."""
        key = _without_request(node.callee)
        if key in self._making or len(self._making) > _DEPTH:
            return told
        nodes = self.of(key).nodes
        if does_more(nodes, told, self._opened):
            self._told[node.callee] = told
            return node
        whole = Covering(node.retry, node.timeout, node.safeguards)
        if node.evidence.startswith(CORRECTED):
            told = msgspec.structs.replace(told, name=node.name, evidence=node.evidence)
        return with_cover(told, around_request(nodes).joined(whole))

    def _opened(self, node: Call) -> tuple[Node, ...]:
        return () if node.callee in self._making else self.of(node.callee).nodes

    def _collapsed(self, node: Call) -> Node | None:
        key = node.callee
        if has_request(key):
            return self._entered(node, *(one for one in node.body if isinstance(one, Step)))
        if key in self._making or len(self._making) > _DEPTH:
            return node
        inner = self.of(key).nodes
        callee = unit_of(key)
        said = self.linked.steps.get(callee)
        if not inner and not is_soft(node) and not (said and said.is_added):
            return None
        if len(inner) != 1:
            return node
        return _in_place(node, inner[0], is_named=is_telling(callee) or bool(said and said.name))


def _without_request(key: str) -> str:
    unit, receiver, variant, _ = split_key(key)
    return key_of(unit, receiver, variant)


def _in_place(node: Call, only: Node, *, is_named: bool) -> Node:
    """The one node of a called unit in place of the call, where nothing is lost by that; else the call."""
    name = node.name if is_named else only.name
    evidence = node.evidence if node.evidence.startswith(CORRECTED) else only.evidence
    if isinstance(only, Step | Call) and only.retry and only.timeout and node.timeout:
        return node  # One limit is for each try, the other for all of them.
    if isinstance(only, Step):
        return msgspec.structs.replace(
            only,
            id=node.id,
            name=name,
            retry=node.retry or only.retry,
            timeout=shorter(only.timeout, node.timeout),
            safeguards=_both(node, only),
            confidence=min(node.confidence, only.confidence),
            evidence=evidence,
        )
    if isinstance(only, Hop) and node.retry is None:
        confidence = min(node.confidence, only.confidence)
        return msgspec.structs.replace(only, id=node.id, safeguards=_both(node, only), confidence=confidence)
    if isinstance(only, Wait) and not node.safeguards:
        return msgspec.structs.replace(only, id=node.id)
    if isinstance(only, Call) and not (node.retry and only.retry):
        telling = is_named and not is_telling(unit_of(only.callee))
        return msgspec.structs.replace(
            node,
            callee=only.callee,
            name=node.name if telling else only.name,
            retry=node.retry or only.retry,
            timeout=shorter(only.timeout, node.timeout),
            safeguards=_both(node, only),
            confidence=min(node.confidence, only.confidence),
        )
    return node


def _both(outer: Node, inner: Node) -> tuple[Safeguard, ...]:
    return tuple(dict.fromkeys((*inner.safeguards, *outer.safeguards)))


def _opened_for(receiver: str, nodes: tuple[Node, ...], calls: set[str]) -> tuple[Node, ...]:
    """The nodes with these calls, by their ids, opened for another class."""

    def change(node: Node) -> Node:
        if isinstance(node, Call):
            if node.id not in calls:
                return node
            unit, _, variant, request = split_key(node.callee)
            return msgspec.structs.replace(node, callee=key_of(unit, receiver, variant, request))
        return rebuilt(node, change)

    return rebuilt_all(nodes, change) if calls else nodes


def _summed(nodes: tuple[Node, ...]) -> Template:
    callees: dict[str, None] = {}
    wide: dict[str, None] = {}
    receivers: dict[str, None] = {}
    services: dict[str, None] = {}
    steps = hops = decisions = retries = waits = parallels = size = 0
    confidence = 1.0
    for node in walked(nodes, is_opened=False):
        size += 1
        confidence = min(confidence, node.confidence)
        if type(node) is Step:
            steps += 1
            retries += node.retry is not None
            if node.service or node.kind == "email":
                services[node.service or E_MAIL] = None
        elif type(node) is Call:
            callees[node.callee] = None
            retries += node.retry is not None
        elif type(node) is Hop:
            hops += 1
            receivers.update(dict.fromkeys(node.runs))
        elif type(node) is Decision:
            decisions += 1
        elif type(node) is Guard:
            retries += node.kind == "retry" or node.retry is not None
        elif type(node) is Wait:
            waits += 1
        elif type(node) is OneOf and sum(bool(branch.body) for branch in node.branches) > _WIDE:
            wide.update((n.callee, None) for branch in node.branches for n in walked(branch.body) if type(n) is Call)
        elif type(node) is Parallel:
            parallels += 1
    counts = Counts(steps=steps, hops=hops, decisions=decisions, retries=retries, waits=waits, parallels=parallels)
    return Template(nodes, size, tuple(callees), tuple(wide), tuple(receivers), counts, tuple(services), confidence)
