"""Blocks whose writes are rolled back when they end: a context manager that gives up its own transaction."""

from __future__ import annotations

from collections.abc import Container
from itertools import pairwise

from discover.facts import records as facts
from discover.facts.source_text import ending
from discover.facts.walking import blocks, is_within
from discover.frameworks.handing_over.silent_blocks import blocks_of, entered_until, is_suspension
from discover.resolve.program import Program
from discover.resolve.symbols import Function

_ROLLS_BACK = "set_rollback"


def undone_lines(program: Program, entered: Container[Function]) -> dict[Function, list[tuple[int, int]]]:
    """The lines of each function that such a block stands around: all of one that only such blocks call.

    `entered`: functions that are run from outside, whoever else calls them.
    """
    managers = {one for one in program.all_functions if entered_until(one) is not None and _gives_up(one.record.body)}
    found: dict[Function, list[tuple[int, int]]] = {}
    for function, block, _ in blocks_of(program, managers) if managers else ():
        found.setdefault(function, []).append((block.line, block.end_line))
    inside = {
        target.function: None
        for function, spans in found.items()
        for site in function.sites.values()
        if is_within(site.line, spans)
        for target in site.targets
    }
    for called in inside:
        if called not in entered and all(
            is_within(site.line, found.get(site.function, [])) for site in program.callers.get(called, ())
        ):
            found.setdefault(called, []).append((called.record.line, called.record.end_line))
    return found


def _gives_up(body: list[facts.Stmt]) -> bool:
    """Whether what stands right behind the `yield` raises, or gives up the transaction, also when all went well."""
    if any(is_suspension(now) and _is_end(behind) for now, behind in pairwise(body)):
        return True
    return any(_gives_up(block) for statement in body for block in blocks(statement))


def _is_end(statement: facts.Stmt) -> bool:
    if isinstance(statement, facts.Raise):
        return True
    called = statement.value if isinstance(statement, facts.Evaluate) else None
    return isinstance(called, facts.Call) and ending(called.function) == _ROLLS_BACK
