"""What evaluating an expression does, in order: the calls in it, each with its steps, hops and opened units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from discover.facts import records as facts
from discover.infer.logic import DECIDES, MAY_END, is_check, may_decide
from discover.infer.names import joined, short_name, unit_name
from discover.infer.reach import LEAST_CONFIDENCE, Reach, is_heard
from discover.infer.receivers import Receivers, is_super, split_key
from discover.infer.steps import hop_from, step_from, wait_from
from discover.link.records import EffectAt, Handed, Handover, Linked, Target, UnitPlan, UnitSource
from discover.link.text import generators_text, text_of
from discover.model import Branch, Call, Decision, End, Hop, Loop, Node, OneOf, Parallel, Step

TRY_AGAIN = "Try the task again later"
SHOWN_TARGETS = 12
"""Of so many possible targets of one call each gets a branch; the others share one that says how many they are."""


class ExpressionFlow:
    """Reads the expressions of one unit; also hands out the unit's node ids."""

    def __init__(self, key: str, linked: Linked, reach: Reach, receivers: Receivers) -> None:
        unit, self.receiver = split_key(key)
        self.unit = unit
        self.receivers = receivers
        self._through_self = False
        source = linked.sources.get(unit)
        parameters = source.body.parameters if source is not None and source.body is not None else []
        self._self = parameters[0].name if parameters else ""
        self.linked = linked
        self.reach = reach
        self.plan: UnitPlan = linked.plans.get(unit) or UnitPlan()
        self.is_run = unit in linked.runs and linked.runs[unit].kind in ("task", "consumer", "schedule")
        self._serials: dict[int, int] = {}
        self._inside: set[str] = set()
        self.answers: dict[str, tuple[str, ...]] = {}
        """Of calls that may decide: the names that their answers are given, by node id."""

    def identity(self, line: int) -> str:
        """A new node id: unit, line, and a serial number where the line has several nodes."""
        serial = self._serials.get(line, 0)
        self._serials[line] = serial + 1
        return f"{self.unit}:{line}.{serial}" if serial else f"{self.unit}:{line}"

    def of(self, expression: facts.Expr | None) -> list[Node]:
        """The nodes of an expression."""
        out: list[Node] = []
        if expression is not None:
            self.visit(expression, out)
        return out

    def visit(self, expression: facts.Expr, out: list[Node]) -> None:
        """Append the expression's nodes."""
        visitor = _VISITORS.get(type(expression))
        if visitor is not None:
            visitor(self, expression, out)

    def visit_all(self, expressions: Iterable[facts.Expr], out: list[Node]) -> None:
        """Append the nodes of expressions that are evaluated in order."""
        for expression in expressions:
            visitor = _VISITORS.get(type(expression))
            if visitor is not None:
                visitor(self, expression, out)

    # --- calls ---------------------------------------------------------------------------------------------------

    def call(self, node: facts.Call, out: list[Node]) -> None:
        """Append what a call does: its arguments first, then itself."""
        number = node.number
        plan = self.plan
        self.visit(node.function, out)
        if number in plan.gathers:
            self._gather(node, out)
        else:
            self.visit_all(node.arguments, out)
            for keyword in node.keywords:
                self.visit(keyword.value, out)
        if number in plan.pauses:
            out.append(wait_from(plan.pauses[number], self.identity(node.line), self.unit, node.line))
        if number in plan.effects:
            out.extend([step_from(at, self.identity(node.line), node.line) for at in plan.effects[number]])
        if number in plan.calls or number in plan.hooks:
            self._called(node, out)
        if number in plan.handed:
            out.extend(self._handed(plan.handed[number], node.line))
        if number in plan.handovers:
            out.extend(self._again(node, hop) for hop in self.hops(self._meant(number)))
        elif self.is_run and isinstance(node.function, facts.Attribute) and node.function.name == "retry":
            self._retry(node, out)

    def _is_self(self, expression: facts.Expr) -> bool:
        return isinstance(expression, facts.Name) and expression.id == self._self

    def _called(self, node: facts.Call, out: list[Node]) -> None:
        """Append the units that a call runs, and then the methods that the called library runs."""
        targets = self.plan.calls.get(node.number, ())
        hooks = self.plan.hooks.get(node.number, [])
        function = node.function
        if self.receiver and isinstance(function, facts.Attribute):
            after = is_super(function.value)
            if after or self._is_self(function.value):
                targets = self.receivers.narrowed(self.unit, self.receiver, function.name, targets, after=after)
                hooks = self.receivers.hooked(self.receiver, hooks)
                self._through_self = True
        out.extend(self._opened(targets, node.line))
        named: dict[str, list[Target]] = {}
        for target in hooks:
            named.setdefault(target.unit.rpartition(".")[2], []).append(target)
        for alternatives in named.values():
            out.extend(self._opened(tuple(alternatives), node.line))
        self._through_self = False

    def _meant(self, number: int) -> list[Handover]:
        """A call's hand-overs, with only the receivers that the class means which the unit is opened for."""
        handovers = self.plan.handovers[number]
        meant = self.plan.meant.get(number, {}).get(self.receiver)
        if meant is None:
            return handovers
        narrowed = ((h, tuple(t for t in h.targets if t.unit in meant)) for h in handovers)
        return [msgspec.structs.replace(handover, targets=targets) for handover, targets in narrowed if targets]

    def _again(self, call: facts.Call, node: Node) -> Node:
        """A task's hand-over to itself by its `retry` is told as what it is."""
        function = call.function
        is_retry = isinstance(function, facts.Attribute) and function.name == "retry"
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

    def effects_at(self, line: int) -> list[Node]:
        """The steps and hops that a statement makes without a call."""
        steps: list[Node] = [step_from(at, self.identity(line), line) for at in self.plan.unplaced.get(line, ())]
        return steps + self.hops(self.plan.left_behind.get(line, []))

    def opened(self, target: Target, line: int) -> list[Node]:
        """The node for running a unit on the same object: a call, a read, or nothing when it reaches nothing."""
        self._through_self = True
        nodes = self._opened((target,), line)
        self._through_self = False
        return nodes

    def read(self, expression: facts.Expr, out: list[Node]) -> None:
        """Append what reading the expression runs without a call: a property, a context manager's methods."""
        found = self.plan.reads.get(id(expression))
        if found is None:
            return
        line, targets = found
        if self.receiver and isinstance(expression, facts.Attribute) and self._is_self(expression.value):
            targets = self.receivers.narrowed(self.unit, self.receiver, expression.name, targets, after=False)
            self._through_self = True
        out.extend(self._opened(targets, line))
        self._through_self = False

    def works_on_leaving(self, expression: facts.Expr) -> bool:
        """Whether a context manager, written as a generator, does what it does after its `yield`: a commit."""
        if not isinstance(expression, facts.Call):
            return False
        targets = self.plan.calls.get(expression.number, ())
        source = self.linked.sources.get(targets[0].unit) if len(targets) == 1 else None
        plan = self.linked.plans.get(targets[0].unit) if source is not None else None
        if source is None or plan is None or source.body is None or not source.body.is_generator:
            return False
        lines = [at.effect.line for d in (plan.effects, plan.unplaced) for found in d.values() for at in found]
        lines += [handover.line for found in plan.handovers.values() for handover in found]
        suspended = _yield_line(source.body.body)
        return bool(lines) and suspended is not None and min(lines) > suspended

    def _opened(self, targets: tuple[Target, ...], line: int) -> list[Node]:
        loud = [t for t in targets if t.unit in self.reach.loud and t.confidence >= LEAST_CONFIDENCE]
        if not loud:
            quiet = [t for t in targets if t.unit in self.reach.quiet and t.confidence >= LEAST_CONFIDENCE]
            return self._reading(quiet, line) if quiet else self._checking(targets, line)
        if len(loud) == 1:
            return self._call_nodes(loud[0], line)
        branches = [
            Branch(label=short_name(t.unit), body=tuple(self._call_nodes(t, line)), confidence=t.confidence)
            for t in loud[:SHOWN_TARGETS]
        ]
        if len(loud) > SHOWN_TARGETS:
            branches.append(Branch(label=f"{len(loud) - SHOWN_TARGETS} more", confidence=loud[-1].confidence))
        name = f"One of {len(loud)}: {joined([short_name(t.unit) for t in loud])}"
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

    def _checking(self, targets: tuple[Target, ...], line: int) -> list[Node]:
        source = self.linked.sources.get(targets[0].unit) if len(targets) == 1 else None
        if source is None or not is_check(source):
            return []
        return [msgspec.structs.replace(self._call_node(targets[0], line), evidence=MAY_END)]

    def deciding(self, expression: facts.Expr, names: tuple[str, ...], line: int) -> list[Node]:
        """The call that an assignment's answer comes from, where it does nothing but answer."""
        if isinstance(expression, facts.Await):
            expression = expression.value
        if not isinstance(expression, facts.Call):
            return []
        targets = self.plan.calls.get(expression.number, ())
        source = self.linked.sources.get(targets[0].unit) if len(targets) == 1 else None
        if source is None or self.reach.is_live(targets[0].unit) or is_check(source) or not may_decide(source):
            return []
        node = msgspec.structs.replace(self._call_node(targets[0], line), evidence=DECIDES)
        self.answers[node.id] = names
        return [node]

    def _call_nodes(self, target: Target, line: int) -> list[Node]:
        source = self.linked.sources.get(target.unit)
        if source is not None and source.is_inlined:
            return self._inlined(target.unit, source)
        return [self._call_node(target, line)]

    def _inlined(self, key: str, source: UnitSource) -> list[Node]:
        """The nodes of a lambda that runs here; its ids are this unit's, since it may run at several places."""
        if source.body is None or key in self._inside:
            return []
        inner = ExpressionFlow(source.id, self.linked, self.reach, self.receivers)
        inner.receiver, inner._self = self.receiver, self._self
        inner.plan = self.linked.plans.get(key) or UnitPlan()
        inner.identity = self.identity
        inner._inside = {*self._inside, key}
        out: list[Node] = []
        for statement in source.body.body:
            if isinstance(statement, facts.Return):
                out.extend(inner.of(statement.value))
        return out

    def _call_node(self, target: Target, line: int) -> Call:
        plan = self.linked.plans.get(target.unit)
        return Call(
            id=self.identity(line),
            name=unit_name(target.unit),
            unit=self.unit,
            line=line,
            callee=self.receivers.key(target.unit, self.receiver, through_self=self._through_self),
            confidence=target.confidence,
            evidence=target.evidence,
            retry=plan.retry if plan else None,
            timeout=plan.timeout if plan else None,
        )

    def _reading(self, targets: list[Target], line: int) -> list[Node]:
        """One step for a unit that only reads; none where only a signal's receivers read."""
        unit = targets[0].unit
        effects = _reads(unit, self.linked, self.reach)
        if not effects:
            return []
        first = effects[0].effect
        step = Step(
            id=self.identity(line),
            name=unit_name(unit),
            unit=self.unit,
            line=line,
            effect=first.id,
            also=tuple(dict.fromkeys(at.effect.id for at in effects[1:])),
            kind=first.kind,
            service=first.service,
            target=", ".join(dict.fromkeys(at.effect.target for at in effects if at.effect.target)),
            detail=first.detail,
            confidence=min(targets[0].confidence, first.confidence),
            evidence=targets[0].evidence,
        )
        return [step]

    def _handed(self, items: list[Handed], line: int) -> list[Node]:
        out: list[Node] = []
        side: list[Branch] = []
        each = ""
        for item in items:
            nodes = self._opened((item.target,), line)
            if item.runs == "parallel" and nodes:
                side.append(Branch(label=short_name(item.target.unit), body=tuple(nodes)))
                each = each or item.each
            else:
                out.extend(nodes)
        if side:
            name = f"For each of {each}, side by side" if each else "Side by side"
            out.append(self._parallel(side, line, name, each))
        return out

    def _parallel(self, branches: list[Branch], line: int, name: str, each: str = "", *, join: bool = True) -> Parallel:
        identity = self.identity(line)
        return Parallel(
            id=identity, name=name, unit=self.unit, line=line, branches=tuple(branches), each=each, join=join
        )

    # --- hand-overs ----------------------------------------------------------------------------------------------

    def hops(self, handovers: list[Handover]) -> list[Node]:
        """The hops of one call: stage after stage, those of one stage side by side."""
        out: list[Node] = []
        shown = [heard for h in handovers if (heard := self._heard(h)) is not None]
        for stage in sorted({h.stage for h in shown}):
            here = [h for h in shown if h.stage == stage]
            hops: list[Node] = [self._hop(h) for h in here]
            if len(hops) > 1 and all(h.kind == "dispatch" and not h.inline for h in here):
                branches = [Branch(label=h.name, body=(h,)) for h in hops]
                out.append(self._parallel(branches, here[0].line, f"{len(hops)} jobs side by side", join=False))
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
        return msgspec.structs.replace(handover, targets=live) if live else None

    def _hop(self, handover: Handover) -> Node:
        hop: Node = hop_from(handover, self.identity(handover.line), self.unit)
        if handover.each:
            branch = Branch(label=hop.name, body=(hop,))
            name = f"One job for each of {handover.each}"
            return self._parallel([branch], handover.line, name, handover.each, join=False)
        if handover.outcome != "always":
            condition = "it succeeds" if handover.outcome == "success" else "it fails"
            return Decision(
                id=self.identity(handover.line),
                name=f"If {condition}",
                unit=self.unit,
                line=handover.line,
                condition=condition,
                branches=(Branch(label="yes", condition=condition, body=(hop,)),),
            )
        return hop

    # --- other expressions ---------------------------------------------------------------------------------------

    def _gather(self, node: facts.Call, out: list[Node]) -> None:
        branches: list[Branch] = []
        each = ""
        arguments = [*node.arguments, *(k.value for k in node.keywords)]
        for argument in arguments:
            inner = argument.value if isinstance(argument, facts.Starred) else argument
            items = inner.items if isinstance(inner, facts.Sequence) else [inner]
            for item in items:
                nodes = self.of(item)
                if len(nodes) == 1 and isinstance(nodes[0], Loop):
                    each = nodes[0].over
                    nodes = list(nodes[0].body)
                if nodes:
                    branches.append(Branch(label=nodes[-1].name, body=tuple(nodes)))
        if len(branches) == 1 and not each:
            out.extend(branches[0].body)
        elif branches:
            name = f"For each of {each}, side by side" if each else "Side by side"
            out.append(self._parallel(branches, node.line, name, each if len(branches) == 1 else ""))

    def comprehension(self, node: facts.Comprehension, out: list[Node]) -> None:
        """Append a comprehension: its first iterable, then a loop around the rest."""
        first = node.generators[0]
        self.visit(first.iterable, out)
        body: list[Node] = []
        self.visit_all(first.tests, body)
        for generator in node.generators[1:]:
            self.visit(generator.iterable, body)
            self.visit_all(generator.tests, body)
        if node.key is not None:
            self.visit(node.key, body)
        self.visit(node.element, body)
        if body:
            line = body[0].line
            over = text_of(None) or generators_text(node)
            out.append(
                Loop(
                    id=self.identity(line),
                    name=f"For each {over}",
                    unit=self.unit,
                    line=line,
                    over=over,
                    body=tuple(body),
                )
            )

    def choice(self, node: facts.Choice, out: list[Node]) -> None:
        """Append `a if test else b`, `a or b`: a decision when a part that may not run does something."""
        self.visit_all(node.tests, out)
        values = list(node.values)
        condition = text_of(node.tests[0]) if node.tests else text_of(values[0])
        if not node.tests:
            self.visit(values.pop(0), out)
        bodies = [self.of(value) for value in values]
        if not any(bodies):
            return
        line = next(body[0].line for body in bodies if body)
        if node.tests:
            labels = ["yes", "no"]
            branches = [
                Branch(label=label, condition=condition if label == "yes" else "", body=tuple(body))
                for label, body in zip(labels, bodies, strict=False)
            ]
        else:
            rest = tuple(n for body in bodies for n in body)
            branches = [Branch(label="depends on it", condition=condition, body=rest), Branch(label="otherwise")]
        out.append(
            Decision(
                id=self.identity(line),
                name=condition,
                unit=self.unit,
                line=line,
                condition=condition,
                branches=tuple(branches),
            )
        )


def _yield_line(body: list[facts.Stmt]) -> int | None:
    for statement in body:
        if isinstance(statement, facts.Evaluate | facts.Assign) and isinstance(statement.value, facts.Yield):
            return statement.line
        if isinstance(statement, facts.Try | facts.With | facts.If | facts.ForLoop | facts.While):
            found = _yield_line(statement.body)
            if found is not None:
                return found
    return None


def _reads(unit: str, linked: Linked, reach: Reach) -> list[EffectAt]:
    """The reads that a quiet unit makes, nearest first, at most eight."""
    from discover.infer.reach import called

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


def _named(hop: Hop, name: str) -> Hop:
    return msgspec.structs.replace(hop, name=name)


def _attribute(flow: ExpressionFlow, node: facts.Attribute, out: list[Node]) -> None:
    flow.visit(node.value, out)
    if flow.plan.reads:
        flow.read(node, out)


def _value(
    flow: ExpressionFlow, node: facts.Await | facts.Yield | facts.Starred | facts.Named, out: list[Node]
) -> None:
    if node.value is not None:
        flow.visit(node.value, out)


def _fstring(flow: ExpressionFlow, node: facts.FString, out: list[Node]) -> None:
    flow.visit_all(node.parts, out)


def _binary(flow: ExpressionFlow, node: facts.Binary, out: list[Node]) -> None:
    flow.visit(node.left, out)
    flow.visit(node.right, out)


def _sequence(flow: ExpressionFlow, node: facts.Sequence, out: list[Node]) -> None:
    flow.visit_all(node.items, out)


def _mapping(flow: ExpressionFlow, node: facts.Mapping, out: list[Node]) -> None:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            flow.visit(key, out)
        flow.visit(value, out)


def _subscript(flow: ExpressionFlow, node: facts.Subscript, out: list[Node]) -> None:
    flow.visit(node.value, out)
    flow.visit(node.index, out)


def _opaque(flow: ExpressionFlow, node: facts.Opaque, out: list[Node]) -> None:
    flow.visit_all(node.parts, out)


_VISITORS: dict[type, Callable[[ExpressionFlow, Any, list[Node]], None]] = {
    facts.Attribute: _attribute,
    facts.Call: ExpressionFlow.call,
    facts.FString: _fstring,
    facts.Binary: _binary,
    facts.Choice: ExpressionFlow.choice,
    facts.Sequence: _sequence,
    facts.Mapping: _mapping,
    facts.Subscript: _subscript,
    facts.Comprehension: ExpressionFlow.comprehension,
    facts.Await: _value,
    facts.Yield: _value,
    facts.Starred: _value,
    facts.Named: _value,
    facts.Opaque: _opaque,
}
__all__ = ["SHOWN_TARGETS", "End", "ExpressionFlow"]
