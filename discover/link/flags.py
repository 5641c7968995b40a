"""Conditions that a caller decides by `True`, `False` or `None`: `part(name, cached=False)` and `if cached:`.

Only what is written so decides: a flag that is worked out may be either, whatever else is known of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from discover.facts import records as facts
from discover.link.choosing import Choosing, Parameter
from discover.link.passed import Known
from discover.link.records import UnitPlan
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue


def tests_of(function: Function, plan: UnitPlan) -> Iterator[facts.Expr]:
    """The tests of a function that guard work or an end and that one of its parameters may decide."""
    parameters = {one.name for one in function.record.parameters if one.kind not in ("varargs", "kwargs")}
    if not parameters:
        return
    for statement in function.statements:
        if isinstance(statement, facts.If):
            if parameters.intersection(flags_of(statement.test)) and _guards(statement, function, plan):
                yield statement.test
        elif isinstance(statement, facts.Assign | facts.Evaluate | facts.Return):
            test = _asked(statement.value)
            if test is not None and parameters.intersection(flags_of(test)):
                yield test


def flags_of(test: facts.Expr) -> Iterator[str]:
    """The names whose being true, false or None decides a test."""
    match test:
        case facts.Name():
            yield test.id
        case facts.Opaque(operator="not"):
            yield from flags_of(test.parts[0])
        case facts.Opaque(operator="is" | "is not", parts=[facts.Name() as name, facts.Constant()]):
            yield name.id
        case facts.Choice() if test.operator:
            for value in test.values:
                yield from flags_of(value)
        case _:
            return


def verdict(choosing: Choosing, function: Function, test: facts.Expr, known: Known) -> bool | None:
    """Whether a test holds for what is known of the parameters; None where that stays open."""
    match test:
        case facts.Name():
            return _same([bool(flag) for flag in _flags(choosing, function, test.id, known)])
        case facts.Opaque(operator="not"):
            found = verdict(choosing, function, test.parts[0], known)
            return None if found is None else not found
        case facts.Opaque(operator="is" | "is not", parts=[facts.Name() as name, facts.Constant() as other]):
            is_it = _same([flag is other.value for flag in _flags(choosing, function, name.id, known)])
            return None if is_it is None else is_it == (test.operator == "is")
        case facts.Choice() if test.operator:
            parts = [verdict(choosing, function, one, known) for one in test.values]
            settles = test.operator == "or"
            if settles in parts:
                return settles
            return None if None in parts else not settles
        case _:
            return None


def _flags(choosing: Choosing, function: Function, name: str, known: Known) -> list[bool | None]:
    """What the name is, where it is a parameter that all ways give `True`, `False` or `None`; else nothing."""
    found = choosing.origin(function, name)
    if found is None or found[1] is not None:
        return []
    parameter: Parameter = (found[0], name)
    values = known.get(parameter, ())
    flags = [value.value for value in values if isinstance(value, ConstantValue) and is_flag(value.value)]
    return [flag for flag in flags if flag is None or isinstance(flag, bool)] if len(flags) == len(values) else []


def is_flag(value: object) -> bool:
    """Whether a constant is `True`, `False` or `None`."""
    return value is None or isinstance(value, bool)


def _same(answers: list[bool]) -> bool | None:
    return answers[0] if answers and len(set(answers)) == 1 else None


def _works(plan: UnitPlan, number: int) -> bool:
    return any(number in placed for placed in (plan.calls, plan.handed, plan.effects, plan.handovers, plan.pauses))


def _guards(statement: facts.If, function: Function, plan: UnitPlan) -> bool:
    if any(isinstance(one, facts.Raise | facts.Return) for one in statement.body):
        return True
    return any(
        statement.line <= site.call.line <= statement.end_line and _works(plan, number)
        for number, site in function.sites.items()
    )


def _asked(expression: facts.Expr | None) -> facts.Expr | None:
    """What decides which part of `a if test else b`, `test and a` is evaluated."""
    while isinstance(expression, facts.Await):
        expression = expression.value
    if not isinstance(expression, facts.Choice):
        return None
    return expression.tests[0] if expression.tests else expression.values[0]
