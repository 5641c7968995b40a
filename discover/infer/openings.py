"""Units that run within a unit: opened as calls, told as one step, or shown for what they end or decide."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import groupby

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import is_super
from discover.infer.handovers import SHOWN_TARGETS, HandoverFlow
from discover.infer.instead import is_instead, is_unwritten
from discover.infer.keys import key_of
from discover.infer.logic import DECIDES, MAY_END, may_decide
from discover.infer.names import joined, short_name, unit_name
from discover.infer.reach import LEAST_CONFIDENCE, Reach, called
from discover.infer.ways import OTHERWISE, nodes_of
from discover.link.records import READ, EffectAt, Handed, Linked, OwnRun, StepCorrection, Target, UnitSource
from discover.model import Branch, Call, Decision, Node, OneOf, Step

_NOTHING_SAID = StepCorrection()
_FAILED = "that fails or is not tried"


class OpeningFlow(HandoverFlow, ABC):
    """A unit with what its calls open."""

    @abstractmethod
    def of(self, expression: facts.Expr | None) -> list[Node]:
        """The nodes of an expression."""

    def _called(
        self, node: facts.Call, hooks: list[Target], out: list[Node], run: OwnRun | None, *, writes: bool
    ) -> None:
        """Append the units that a call runs, and then the methods that the called library runs.

        Args:
            node: The call.
            hooks: The methods, as the own class has them.
            out: Where to append.
            run: What the call runs for the own class, where that says it.
            writes: Whether what the library itself writes is told by the methods, and not as the call's own effect.
        """
        targets = self.plan.calls.get(node.number, ()) if run is None else run.targets
        function = node.function
        if self.variant and self.linked.variants is not None:
            targets = self.linked.variants.narrowed(self.variant, node.number, targets)
        if self.own_class.name and isinstance(function, facts.Attribute):
            after = is_super(function.value)
            if after or self._is_self(function.value):
                targets = self.own_class.narrowed(self.unit, function.name, targets, after=after)
                self._through_self = True
        if self.own_class.name and node.number in self.plan.by_class:
            targets = self.own_class.by_arguments(self.plan.by_class[node.number], targets)
        is_own = self._through_self
        self._through_self = is_own or (bool(targets) and all(target.on_itself for target in targets))
        out.extend(self._opened(targets, node.line, node.number))
        self._through_self = False
        self._says_writes = not writes
        out.extend(self._all_hooked(hooks, node.line, is_own=is_own))
        self._says_writes = False

    def hooked(self, targets: list[Target], line: int, *, is_own: bool) -> list[Node]:
        """The nodes for the methods that a library runs, most of them perhaps on the unit's own object."""
        return self._all_hooked(self.own_class.hooked(targets), line, is_own=is_own)

    def _all_hooked(self, kept: list[Target], line: int, *, is_own: bool) -> list[Node]:
        return nodes_of(kept, lambda one: self._hook(one, line, is_own=is_own), self.unit, line, self.identity)

    def _hook(self, target: Target, line: int, *, is_own: bool) -> list[Node]:
        self._through_self = is_own or target.on_itself
        self._is_silent = self._says_writes and not target.is_of_member
        nodes = self._opened((target,), line)
        self._through_self = self._is_silent = False
        return nodes

    def _opened(self, targets: tuple[Target, ...], line: int, number: int | None = None) -> list[Node]:
        """The nodes for what may run at a line; with a call's number, as its arguments have it."""
        if self.linked.steps:
            targets = tuple(t for t in targets if not self._said_of(t.unit).is_dropped)
            if not targets:
                return []
        loud = [t for t in targets if t.unit in self.reach.loud and t.confidence >= LEAST_CONFIDENCE]
        if not loud:
            quiet = [t for t in targets if t.unit in self.reach.quiet and t.confidence >= LEAST_CONFIDENCE]
            reads = self._reading(quiet, line) if quiet else []
            return self._checking(targets, line, reads) if reads or not quiet else []
        others = self._silent(loud[0], targets, number)
        whole = len(loud) + len(others)
        if whole == 1:
            return self._call_nodes(loud[0], line, number)
        branches = [
            Branch(label=short_name(t.unit), body=tuple(self._call_nodes(t, line, number)), confidence=t.confidence)
            for t in loud[:SHOWN_TARGETS]
        ]
        if len(loud) > SHOWN_TARGETS:
            branches.append(Branch(label=f"{len(loud) - SHOWN_TARGETS} more", confidence=loud[-1].confidence))
        if others:
            branches.append(Branch(label=OTHERWISE, confidence=max(t.confidence for t in others)))
        name = f"One of {whole}: {joined([short_name(t.unit) for t in loud])}"
        confidence = max(t.confidence for t in loud)
        return [
            OneOf(
                id=self.identity(line),
                name=name,
                unit=self.unit,
                line=line,
                branches=tuple(branches),
                confidence=confidence,
                evidence=loud[0].evidence,
            )
        ]

    def _silent(self, loud: Target, targets: tuple[Target, ...], number: int | None) -> list[Target]:
        """The targets that may run in the place of one that does something, and do nothing that is told themselves."""
        if number is None and loud.evidence != READ:
            return []
        known = self.linked.sources
        return [
            target
            for target in targets
            if target.unit not in self.reach.loud
            and target.confidence >= LEAST_CONFIDENCE
            and is_instead(target, loud)
            and not is_unwritten(known.get(target.unit))
        ]

    def _checking(self, targets: tuple[Target, ...], line: int, reads: list[Node]) -> list[Node]:
        """The call of a check, which is told as what it reads where nothing follows that it could end."""
        if len(targets) != 1 or targets[0].unit not in self.reach.checks:
            return reads
        return [msgspec.structs.replace(self._call_node(targets[0], line), evidence=MAY_END, body=tuple(reads))]

    def deciding(self, expression: facts.Expr, names: tuple[str, ...], line: int) -> list[Node]:
        """The call that an assignment's answer comes from, where it does nothing but answer."""
        if isinstance(expression, facts.Await):
            expression = expression.value
        if not isinstance(expression, facts.Call):
            return []
        targets = self.plan.calls.get(expression.number, ())
        source = self.linked.sources.get(targets[0].unit) if len(targets) == 1 else None
        if (
            source is None
            or self.reach.is_live(targets[0].unit)
            or targets[0].unit in self.reach.checks
            or not may_decide(source)
        ):
            return []
        node = msgspec.structs.replace(self._call_node(targets[0], line), evidence=DECIDES)
        self.answers[node.id] = names
        return [node]

    def _call_nodes(self, target: Target, line: int, number: int | None) -> list[Node]:
        source = self.linked.sources.get(target.unit)
        if source is not None and source.is_inlined:
            return self._inlined(target.unit, source, self._variant_of(target.unit, number))
        return [self._call_node(target, line, number)]

    def _variant_of(self, unit: str, number: int | None) -> int:
        """The variant as which a call opens a unit."""
        if number is None or self.linked.variants is None:
            return 0
        return self.linked.variants.entered(self.plan_key, self.variant, number, unit)

    def _inlined(self, key: str, source: UnitSource, variant: int) -> list[Node]:
        """The nodes of a lambda that runs here; its ids are this unit's, since it may run at several places.

        So are those of what a library does by itself, which has no code.
        """
        if key in self.inside:
            return []
        inner = type(self)(source.id, self.linked, self.reach, self.receivers)
        inner.own_class, inner.own_name = self.own_class, self.own_name
        inner.plan_key, inner.variant = key, variant
        inner.plan = inner.planned(key, self.linked)
        inner.identity = self.identity
        inner.inside = {*self.inside, key}
        out: list[Node] = []
        if source.body is None:
            handovers = [one for number in sorted(inner.plan.handovers) for one in inner.plan.handovers[number]]
            out += inner.hops([one for one in handovers if one.moment == "ahead"])
            out += [] if self._is_silent else inner.effects_at(source.line)
            return out + inner.hops([one for one in handovers if one.moment != "ahead"])
        for statement in source.body.body:
            if isinstance(statement, facts.Return):
                out.extend(inner.of(statement.value))
        return out

    def _said_of(self, unit: str) -> StepCorrection:
        return self.linked.steps.get(unit) or _NOTHING_SAID

    def _call_node(self, target: Target, line: int, number: int | None = None) -> Call:
        plan = self.linked.plans.get(target.unit)
        said = self._said_of(target.unit)
        identity = self.identity(line)
        return Call(
            id=identity,
            name=said.name or unit_name(target.unit),
            unit=self.unit,
            line=line,
            callee=key_of(target.unit, self._runs_on(target, identity), self._variant_of(target.unit, number)),
            confidence=target.confidence,
            evidence=said.evidence or target.evidence,
            retry=plan.cover.retry if plan else None,
            timeout=plan.cover.timeout if plan else None,
            safeguards=plan.cover.safeguards if plan else (),
        )

    def _runs_on(self, target: Target, call: str) -> str:
        """The class for which a call opens its target."""
        if target.receiver:
            return target.receiver if self.receivers.inherits(target.receiver, target.unit) else ""
        return self.own_class.name if self._through_self and self.own_class.runs(target.unit, call) else ""

    def _reading(self, targets: list[Target], line: int) -> list[Node]:
        """One step for a unit that only reads; none where only a signal's receivers read."""
        unit = targets[0].unit
        effects = _reads(unit, self.linked, self.reach)
        if not effects:
            return []
        if targets[0].receiver:
            effects = [self.receivers.of_arguments(targets[0].receiver, at) for at in effects]
        elif self._through_self:
            effects = self.own_class.of_arguments(effects)
        first = effects[0].effect
        said = self._said_of(unit)
        step = Step(
            id=self.identity(line),
            name=said.name or unit_name(unit),
            unit=self.unit,
            line=line,
            effect=first.id,
            also=tuple(dict.fromkeys(at.effect.id for at in effects[1:])),
            kind=first.kind,
            service=first.service,
            target=", ".join(dict.fromkeys(at.effect.target for at in effects if at.effect.target)),
            detail=first.detail,
            confidence=min(targets[0].confidence, first.confidence),
            evidence=said.evidence or targets[0].evidence,
        )
        return [step]

    def _handed(self, items: list[Handed], line: int, number: int) -> list[Node]:
        out: list[Node] = []
        side: list[Branch] = []
        each = ""
        is_awaited = all(item.is_awaited for item in items)
        for _, some in groupby(enumerate(items), lambda it: it[1].target.evidence if it[1].is_picked else it[0]):
            found = [item for _, item in some]
            item = found[0]
            nodes = self._opened(tuple(one.target for one in found), line, number)
            if item.runs == "parallel" and nodes:
                side.append(Branch(label=short_name(item.target.unit), body=tuple(nodes)))
                each = each or item.each
            elif item.runs == "instead" and nodes:
                out.append(self._instead(nodes, line))
            else:
                out.extend(nodes)
        if side:
            name = f"For each of {each}, side by side" if each else "Side by side"
            name = name if is_awaited else f"{name}, not waited for"
            out.append(self.parallel(side, line, name, each, join=is_awaited))
        return out

    def _instead(self, nodes: list[Node], line: int) -> Node:
        """A fallback: what runs where the call before it fails, or is not made."""
        branch = Branch(label="yes", condition=_FAILED, body=tuple(nodes))
        identity = self.identity(line)
        return Decision(
            id=identity, name=f"If {_FAILED}", unit=self.unit, line=line, condition=_FAILED, branches=(branch,)
        )


def _reads(unit: str, linked: Linked, reach: Reach) -> list[EffectAt]:
    """The reads that a quiet unit makes, nearest first, at most eight."""
    seen = {unit}
    todo = [unit]
    found: list[EffectAt] = []
    for current in todo:
        plan = linked.plans.get(current)
        if plan is None:
            continue
        found.extend(at for d in (plan.effects, plan.unplaced) for number in sorted(d) for at in d[number])
        if len(found) >= 8:
            return found[:8]
        fresh = sorted({t.unit for t in called(plan)} - seen & reach.quiet)
        seen.update(fresh)
        todo.extend(u for u in fresh if u in reach.quiet)
    return found
