"""A function that calls itself again when its work has failed: a retry that is written as a recursion.

It is one only where the function hands on what it was given itself, or counts: a walk over a tree hands on something
else. How often it tries is told where the count starts at, steps by and is compared with numbers in the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from discover.facts import records as facts
from discover.facts.walking import within
from discover.infer.counting import OPPOSITE, length
from discover.infer.handovers import HandoverFlow
from discover.infer.keys import unit_of
from discover.model import Branch, Call, Decision, End, Node, RetryPolicy, Wait

_NESTED = (facts.ForLoop, facts.While, facts.Comprehension, facts.Function, facts.Class, facts.Lambda)
_BOUND = re.compile(r"(\w+) (<|<=|>|>=|==|!=) (-?\d+)")


class SecondTry(NamedTuple):
    """The lines of the calls that try again, and how often they do."""

    lines: frozenset[int]
    policy: RetryPolicy


def second_try(flow: HandoverFlow, statement: facts.Try) -> SecondTry | None:
    """What the handlers of a `try` do to try again by calling the function that they stand in; None if nothing."""
    own = {number for number, targets in flow.plan.calls.items() if any(t.unit == flow.unit for t in targets)}
    source = flow.linked.sources.get(flow.unit)
    if not own or source is None or source.body is None:
        return None
    function = source.body
    calls = [call for handler in statement.handlers for call in _calls(handler.body) if call.number in own]
    again = [call for call in calls if _hands_on(call, function)]
    if not again or len(again) != len(calls):
        return None
    on = tuple(h.text for h in statement.handlers if h.text and any(c in again for c in _calls(h.body)))
    policy = RetryPolicy(attempts=_attempts(again[0], function, statement), on=on, text=f"calls {function.name} again")
    return SecondTry(frozenset(call.line for call in again), policy)


def without_second_try(nodes: tuple[Node, ...], unit: str, lines: frozenset[int]) -> tuple[Node, ...]:
    """A handler's nodes without the call that tries again, and without the return of its result."""
    kept: list[Node] = []
    for node in nodes:
        if isinstance(node, Call) and node.line in lines and unit_of(node.callee) == unit:
            continue
        if isinstance(node, End) and node.line in lines and node.outcome == "return":
            continue
        if isinstance(node, Decision):
            branches = tuple(_without(branch, unit, lines) for branch in node.branches)
            if not any(branch.body for branch in branches):
                continue
            kept.append(msgspec.structs.replace(node, branches=branches))
        else:
            kept.append(node)
    return tuple(kept)


def with_delay(policy: RetryPolicy, handlers: list[Branch]) -> RetryPolicy:
    """The policy with the pause that a handler makes before it tries again."""
    waits = [seconds for branch in handlers for seconds in _waits(branch.body)]
    return msgspec.structs.replace(policy, delay=waits[0]) if waits else policy


def _waits(nodes: tuple[Node, ...]) -> Iterator[float | None]:
    for node in nodes:
        if isinstance(node, Wait):
            yield node.seconds
        elif isinstance(node, Decision):
            for branch in node.branches:
                yield from _waits(branch.body)


def _without(branch: Branch, unit: str, lines: frozenset[int]) -> Branch:
    return msgspec.structs.replace(branch, body=without_second_try(branch.body, unit, lines))


def _calls(node: object) -> Iterator[facts.Call]:
    """The calls in statements, but for those that a loop or another function repeats."""
    return (one for one in within(node, _NESTED) if isinstance(one, facts.Call))


def _hands_on(call: facts.Call, function: facts.Function) -> bool:
    """Whether each argument is a parameter of the same name, a count of one, or a constant."""
    names = {parameter.name for parameter in function.parameters}
    given = [*call.arguments, *(keyword.value for keyword in call.keywords)]
    return all(
        isinstance(one, facts.Constant) or (name := _handed(one)) in names or (name and _step(one) is not None)
        for one in given
    )


def _handed(expression: facts.Expr) -> str:
    if isinstance(expression, facts.Starred):
        expression = expression.value
    if isinstance(expression, facts.Binary):
        expression = expression.left
    return expression.id if isinstance(expression, facts.Name) else ""


def _step(expression: facts.Expr) -> int | None:
    """What is added to a name: `attempt + 1`."""
    if not isinstance(expression, facts.Binary) or expression.operator not in ("+", "-"):
        return None
    right = expression.right
    if not isinstance(right, facts.Constant) or not isinstance(right.value, int):
        return None
    return right.value if expression.operator == "+" else -right.value


def _attempts(call: facts.Call, function: facts.Function, statement: facts.Try) -> int | None:
    """How often the work is tried in all; None where the code doesn't say."""
    given = [*call.arguments, *(keyword.value for keyword in call.keywords)]
    counts = [(_handed(one), step) for one in given if (step := _step(one))]
    defaults = {p.name: p.default.value for p in function.parameters if isinstance(p.default, facts.Constant)}
    if not counts:
        flags = [k.name for k in call.keywords if isinstance(k.value, facts.Constant)]
        is_flag = any(isinstance(defaults.get(name or ""), bool) for name in flags)
        return 2 if is_flag else None
    name, step = counts[0]
    start = defaults.get(name)
    if not isinstance(start, int):
        return None
    for test, goes_on, is_before in _tests(function.body, statement):
        found = _BOUND.fullmatch(test)
        if found is None or found[1] != name:
            continue
        comparison = found[2] if goes_on else OPPOSITE[found[2]]
        if comparison in ("==", "!=") or (step > 0) != comparison.startswith("<"):
            comparison, fits = ("<" if step > 0 else ">"), comparison == "!="
            if not fits:
                continue
        bound = int(found[3]) + ("=" in comparison) * (1 if step > 0 else -1)
        turns = length(start, bound, step)
        return None if turns is None else turns + (0 if is_before else 1)
    return None


def _tests(body: list[facts.Stmt], attempt: facts.Try) -> Iterator[tuple[str, bool, bool]]:
    """The tests that decide on another try: the text, whether it goes on where they hold, whether they stand before."""
    for handler in attempt.handlers:
        for statement in handler.body:
            if isinstance(statement, facts.If):
                yield statement.text, not _leaves(statement), False
    for statement in body:
        if statement is attempt:
            return
        if isinstance(statement, facts.If) and _leaves(statement):
            yield statement.text, False, True


def _leaves(statement: facts.If) -> bool:
    """Whether the branch gives up: it raises, or returns without calling anything."""
    last = statement.body[-1] if statement.body else None
    if isinstance(last, facts.Raise):
        return True
    return isinstance(last, facts.Return) and not any(True for _ in _calls(last))
