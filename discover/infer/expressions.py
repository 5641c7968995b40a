"""What evaluating an expression does, in order: the calls in it, each with its steps, hops and opened units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import generators_text, text_of
from discover.infer.covering import covered
from discover.infer.keys import key_of, split_key
from discover.infer.openings import OpeningFlow
from discover.infer.reach import LEAST_CONFIDENCE
from discover.infer.steps import named, step_from, wait_from
from discover.link.records import EffectAt, Handover, Target
from discover.model import A_PROCESS, END_FAILED, END_RUN, Branch, Decision, End, Loop, Node

_FOLLOWED = 2
"""Through so many calls is it followed what a method writes in a library's place."""


class ExpressionFlow(OpeningFlow):
    """Reads the expressions of one unit."""

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

    def call(self, node: facts.Call, out: list[Node]) -> None:
        """Append what a call does: its arguments first, then itself."""
        number = node.number
        plan = self.plan
        before = len(out)
        self.visit(node.function, out)
        if number in plan.gathers:
            self._gather(node, out)
        else:
            self.visit_all(node.arguments, out)
            for keyword in node.keywords:
                self.visit(keyword.value, out)
        start = len(out)
        if number in plan.pauses:
            out.append(wait_from(plan.pauses[number], self.identity(node.line), self.unit, node.line))
        handed_over = self._meant(number) if number in plan.handovers else []
        out.extend(self.hops([one for one in handed_over if one.moment == "ahead"]))
        self._work(node, out, handed_over)
        if number in plan.handed:
            out.extend(self._handed(plan.handed[number], node.line, number))
        if number in plan.handovers:
            out.extend(self._again(node, hop) for hop in self.hops([h for h in handed_over if h.moment != "ahead"]))
        elif self.is_run and isinstance(node.function, facts.Attribute) and node.function.name == "retry":
            self._retry(node, out)
        if number in plan.exits and not plan.exits[number].raises:
            out.append(self.exit(node.line, text_of(node), is_failed=plan.exits[number].failed))
        if number in plan.corrected:
            said = plan.corrected[number]
            out[start:] = [] if said.is_dropped else [named(each, said) for each in out[start:]]
        if plan.covers:
            self._cover(node, out, before)

    def _work(self, node: facts.Call, out: list[Node], handed_over: list[Handover]) -> None:
        """Append the effects of a call but for those that its hops tell, and what it runs."""
        number, plan = node.number, self.plan
        run = self.own_class.run(plan.by_own[number]) if number in plan.by_own else None
        is_by_library = run is None or not run.is_all
        hooks = self.own_class.hooked(plan.hooks[number]) if number in plan.hooks and is_by_library else []
        effects = plan.effects.get(number, []) if is_by_library else []
        if effects:
            known = [at for at in effects if not any(_tells(one, at) for one in handed_over)]
            effects = [at for at in known if not self._is_told_by_hook(number, hooks, at)]
            told = self.own_class.of_arguments(effects)
            out.extend([self._told(at, node) for at in told])
        if (number in plan.calls or hooks) and not self._only_ends(number):
            self._called(node, hooks, out, run, writes=not effects)

    def _told(self, at: EffectAt, node: facts.Call) -> Node:
        """The step that an effect is; one that a wrapper of the project makes stands in for the wrapper's call."""
        if at.entered is None:
            return step_from(at, self.identity(node.line), node.line)
        call = self._call_node(at.entered, node.line, node.number)
        unit, receiver, variant, _ = split_key(call.callee)
        key = key_of(unit, receiver, variant, at.effect.id)
        return msgspec.structs.replace(call, callee=key, body=(step_from(at, call.id, node.line),))

    def _only_ends(self, number: int) -> bool:
        """Whether all that a call does is to end: that is told as the end."""
        return number in self.plan.exits and not any(t.unit in self.reach.loud for t in self.plan.calls.get(number, ()))

    def exit(self, line: int, text: str, *, is_failed: bool) -> End:
        """The end of the whole run: that of a called unit ends its callers, too."""
        is_silent = not is_failed and self.unit in self.linked.runs
        outcome = "stop" if is_silent else "raise"
        name = END_FAILED if is_failed else END_RUN
        return End(id=self.identity(line), name=name, unit=self.unit, line=line, outcome=outcome, text=text)

    def _is_told_by_hook(self, number: int, hooks: list[Target], at: EffectAt) -> bool:
        """Whether the library has a method do it, most often the project's: a form's `save` calls the model's."""
        is_told = bool(hooks) and self.own_class.is_told(self.plan.hooks[number])
        for target in hooks:
            plan = self.linked.plans.get(target.unit) if target.confidence > LEAST_CONFIDENCE else None
            if plan is None:
                continue
            if is_told and not target.is_of_member and self._does(target.unit, at.effect.kind, _FOLLOWED):
                return True
            for found in plan.effects.values():
                effects = [one.effect for one in found if one.effect.kind == at.effect.kind]
                if any(at.effect.target in ("", effect.target) for effect in effects):
                    return True
        return False

    def _does(self, unit: str, kind: str, depth: int) -> bool:
        """Whether a unit has an effect of the kind, or one that it calls."""
        plan = self.linked.plans.get(unit)
        if plan is None:
            return False
        if any(
            at.effect.kind == kind for found in (plan.effects, plan.unplaced) for ats in found.values() for at in ats
        ):
            return True
        called = {target.unit for targets in plan.calls.values() for target in targets} if depth else set[str]()
        return any(self._does(one, kind, depth - 1) for one in called)

    def _cover(self, node: facts.Call, out: list[Node], before: int) -> None:
        """Put what the call covers around its nodes; a link of a chain that does nothing itself covers the next."""
        cover = self.plan.covers.get(node.number) if node.number not in self.outside else None
        inner = node.function
        while isinstance(inner, (facts.Attribute, facts.Await, facts.Subscript)):
            inner = inner.value
        if isinstance(inner, facts.Call) and inner.number in self.covering:
            found = self.covering.pop(inner.number)
            cover = found if cover is None else cover.joined(found)
        if cover is None:
            return
        if len(out) == before:
            self.covering[node.number] = cover
        else:
            out[before:] = covered(self, out[before:], cover, node.line)

    def read(self, expression: facts.Expr, out: list[Node]) -> None:
        """Append what reading the expression runs without a call: a property, a context manager's methods."""
        found = self.plan.reads.get(id(expression))
        if found is None:
            return
        line, targets = found
        if self.own_class.name and isinstance(expression, facts.Attribute) and self._is_self(expression.value):
            targets = self.own_class.narrowed(self.unit, expression.name, targets, after=False)
            self._through_self = True
        out.extend(self._opened(targets, line))
        self._through_self = False

    def works_on_leaving(self, expression: facts.Expr) -> bool:
        """Whether a context manager does its work when the block is left: a commit, after its generator's `yield`."""
        if not isinstance(expression, facts.Call):
            return False
        if any(handover.moment == "leaving" for handover in self.plan.handovers.get(expression.number, ())):
            return True
        targets = self.plan.calls.get(expression.number, ())
        source = self.linked.sources.get(targets[0].unit) if len(targets) == 1 else None
        plan = self.linked.plans.get(targets[0].unit) if source is not None else None
        if source is None or plan is None or source.body is None or not source.body.is_generator:
            return False
        lines = [at.effect.line for d in (plan.effects, plan.unplaced) for found in d.values() for at in found]
        lines += [handover.line for found in plan.handovers.values() for handover in found]
        suspended = _yield_line(source.body.body)
        return bool(lines) and suspended is not None and min(lines) > suspended

    def _gather(self, node: facts.Call, out: list[Node]) -> None:
        """Append what the call's arguments do, side by side: of a comprehension, once for each of its items."""
        arguments = [*node.arguments, *(k.value for k in node.keywords)]
        parts = [nodes for argument in arguments for item in _items(argument) if (nodes := self.of(item))]
        each = ""
        if len(parts) == 1 and len(parts[0]) == 1 and isinstance(loop := parts[0][0], Loop):
            each, parts = loop.over, [list(loop.body)]
        branches = [self._side(nodes) for nodes in parts]
        if len(branches) == 1 and not each:
            out.extend(branches[0].body)
        elif branches:
            out.append(self.parallel(branches, node.line, _side_by_side(each), each))

    def _side(self, nodes: list[Node]) -> Branch:
        if len(nodes) != 1 or not isinstance(loop := nodes[0], Loop):
            return Branch(label=nodes[-1].name, body=tuple(nodes))
        side = Branch(label=loop.body[-1].name, body=loop.body)
        parallel = self.parallel([side], loop.line, _side_by_side(loop.over), loop.over)
        return Branch(label=side.label, body=(parallel,))

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
        if not node.tests:
            self._short_circuit(node, out)
            return
        test = node.tests[0]
        self.visit_all(node.tests, out)
        bodies = [self.of(value) for value in _left(node.values, self.plan.decided.get(id(test)))]
        if any(bodies):
            condition = text_of(test)
            branches = (
                Branch(label="yes", condition=condition, body=tuple(bodies[0])),
                Branch(label="no", body=tuple(bodies[1])),
            )
            out.append(self._asked(condition, branches))

    def _short_circuit(self, node: facts.Choice, out: list[Node]) -> None:
        """Append `a and b()`, `a or b()`: what follows an operand happens where that one does not settle it."""
        first, *values = node.values
        self.visit(first, out)
        holds = self.plan.decided.get(id(first))
        if holds is None or holds == (node.operator == "and"):
            asked = [first] if holds is None else []
            out.extend(self._going_on(node.operator, asked, values))

    def _going_on(
        self, operator: Literal["", "or", "and"], asked: list[facts.Expr], values: list[facts.Expr]
    ) -> list[Node]:
        """What the operands do after those that are `asked`, under the condition that these leave them a turn."""
        for index, value in enumerate(values):
            body = self.of(value)
            if not body:
                asked = [*asked, value]
                continue
            body += self._going_on(operator, [value], values[index + 1 :])
            if not asked:
                return body
            condition = text_of(asked[0] if len(asked) == 1 else facts.Choice(asked, [], operator))
            held, failed = (body, []) if operator == "and" else ([], body)
            branches = (
                Branch(label="yes", condition=condition, body=tuple(held)),
                Branch(label="no", body=tuple(failed)),
            )
            return [self._asked(condition, branches)]
        return []

    def _asked(self, condition: str, branches: tuple[Branch, ...]) -> Decision:
        line = next(branch.body[0].line for branch in branches if branch.body)
        return Decision(
            id=self.identity(line),
            name=condition,
            unit=self.unit,
            line=line,
            condition=condition,
            branches=branches,
        )


def _left(values: list[facts.Expr], holds: bool | None) -> list[facts.Expr | None]:
    """Both values of a choice, None in place of the one that its caller rules out."""
    return [None if holds is False else values[0], None if holds is True else values[1]]


def _tells(handover: Handover, at: EffectAt) -> bool:
    """Whether a hop says the effect of its call: a process that is started, a job put where another finds it."""
    if at.effect.kind == "process":
        return handover.channel == A_PROCESS
    is_a_job = handover.kind in ("dispatch", "schedule") and bool(handover.targets)
    return is_a_job and at.effect.kind == "message" and handover.evidence == at.effect.evidence


def _yield_line(body: list[facts.Stmt]) -> int | None:
    for statement in body:
        if isinstance(statement, (facts.Evaluate, facts.Assign)) and isinstance(statement.value, facts.Yield):
            return statement.line
        if isinstance(statement, (facts.Try, facts.With, facts.If, facts.ForLoop, facts.While)):
            found = _yield_line(statement.body)
            if found is not None:
                return found
    return None


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


def _items(argument: facts.Expr) -> list[facts.Expr]:
    inner = argument.value if isinstance(argument, facts.Starred) else argument
    return inner.items if isinstance(inner, facts.Sequence) else [inner]


def _side_by_side(each: str) -> str:
    return f"For each of {each}, side by side" if each else "Side by side"
