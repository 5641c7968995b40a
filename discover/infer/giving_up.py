"""Loops without a bound of their own that give up: `while True:` with `if attempt >= TRIES: raise`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.infer.counting import OPPOSITE, Number, compared, counter, integer, length


class _Check(NamedTuple):
    """A test in each turn that may give up."""

    test: facts.Expr
    holds: bool
    """It gives up where the test holds; else where it fails."""
    line: int
    is_before: bool
    """It stands before the work of the turn."""


def turns_until(
    loop: facts.ForLoop | facts.While, attempt: facts.Try, function: facts.Function, number: Number
) -> int | None:
    """How often the work is tried before a check in the loop gives up; None where the code doesn't say."""
    for check in _checks(loop, attempt):
        for part in _alternatives(check):
            found = compared(part, number)
            if found is None:
                continue
            name, comparison, bound = found
            turns = _turns(loop, function, check, (name, comparison if check.holds else OPPOSITE[comparison], bound))
            if turns:
                return turns
    return None


def _turns(
    loop: facts.ForLoop | facts.While, function: facts.Function, check: _Check, given: tuple[str, str, int]
) -> int | None:
    name, comparison, bound = given
    found = _counted_by_loop(loop, name) if isinstance(loop, facts.ForLoop) else counter(loop, function, name)
    if found is None:
        return None
    start, step, line = found
    up = step > 0
    if comparison == "==" and abs(step) == 1:
        comparison = ">=" if up else "<="
    if comparison not in ((">=", ">") if up else ("<=", "<")):
        return None
    first = start + (step if loop.line < line < check.line else 0)
    passed = length(first, bound + (0 if "=" in comparison else step // abs(step)), step)
    return None if passed is None else passed + (0 if check.is_before else 1)


def _counted_by_loop(loop: facts.ForLoop, name: str) -> tuple[int, int, int] | None:
    """What `for name in count(…)` starts at and steps by, where it says so in numbers."""
    iterable = loop.iterable
    if not isinstance(loop.target, facts.Name) or loop.target.id != name or not isinstance(iterable, facts.Call):
        return None
    if text_of(iterable.function) not in ("count", "itertools.count") or iterable.keywords:
        return None
    numbers = [integer(argument) for argument in iterable.arguments]
    start, step = (numbers[0] if numbers else 0), (numbers[1] if len(numbers) > 1 else 1)
    return None if start is None or not step else (start, step, loop.line)


def _checks(loop: facts.ForLoop | facts.While, attempt: facts.Try) -> Iterator[_Check]:
    index = loop.body.index(attempt)
    staying = [handler for handler in attempt.handlers if not gives_up(handler.body)]
    between = [*(staying[0].body if len(staying) == 1 else []), *loop.body[index + 1 :]]
    for is_before, statements in ((True, loop.body[:index]), (False, between)):
        for statement in statements:
            if isinstance(statement, facts.If):
                if gives_up(statement.body):
                    yield _Check(statement.test, True, statement.line, is_before)
                elif gives_up(statement.otherwise):
                    yield _Check(statement.test, False, statement.line, is_before)


def _alternatives(check: _Check) -> list[facts.Expr]:
    """The parts of a test each of which gives up alone."""
    test = check.test
    if isinstance(test, facts.Choice) and test.operator == ("or" if check.holds else "and"):
        return test.values
    return [test]


def gives_up(body: list[facts.Stmt]) -> bool:
    """Whether statements always leave the loop that they stand in."""
    last = body[-1] if body else None
    return isinstance(last, facts.Raise | facts.Return) or (isinstance(last, facts.Jump) and last.kind == "break")
