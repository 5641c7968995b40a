"""Finds work that is enqueued while a transaction is still open: the worker may run before the row is there."""

from __future__ import annotations

from collections.abc import Iterator

from discover.facts import records as facts
from discover.facts.walking import blocks, is_within
from discover.link.plans import Plans
from discover.link.units import Units
from discover.model import Finding
from discover.resolve.program import Program
from discover.resolve.symbols import Function

ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})
_LATER = ("on_commit",)


def find_enqueued_in_transactions(program: Program, plans: Plans, units: Units) -> list[Finding]:
    """One finding for each hand-over to a queue that stands in an atomic block of the same function."""
    decorated = {
        decoration.definition
        for decoration in program.decorations
        if any(external.path in ATOMIC for external in decoration.externals)
    }
    found: list[Finding] = []
    for function in program.all_functions:
        plan = plans.by_unit.get(units.keys[function])
        if plan is None or not plan.handovers or function.record.name == "<lambda>":
            continue
        lines = list(_atomic_lines(function, function.record.body))
        whole = function in decorated
        for number, handovers in sorted(plan.handovers.items()):
            site = function.sites.get(number)
            name = site.call.function.name if site and isinstance(site.call.function, facts.Attribute) else ""
            for handover in handovers:
                if handover.kind != "dispatch" or handover.inline or name.endswith(_LATER):
                    continue
                if whole or is_within(handover.line, lines):
                    found.append(_finding(function, handover.line))
    return found


def _finding(function: Function, line: int) -> Finding:
    return Finding(
        rule="enqueued-in-transaction",
        severity="warning",
        message="The job is enqueued inside a transaction: the worker may start before the commit and miss the row, or "
        "run although the transaction is rolled back. Enqueue it with transaction.on_commit.",
        at=function.id,
        line=line,
    )


def _atomic_lines(function: Function, body: list[facts.Stmt]) -> Iterator[tuple[int, int]]:
    for statement in body:
        if isinstance(statement, facts.With) and any(_is_atomic(function, item.value) for item in statement.items):
            yield statement.line, statement.end_line
            continue
        for block in blocks(statement):
            yield from _atomic_lines(function, block)


def _is_atomic(function: Function, expression: facts.Expr) -> bool:
    if not isinstance(expression, facts.Call):
        return False
    site = function.sites.get(expression.number)
    return site is not None and any(external.path in ATOMIC for external in site.externals)
