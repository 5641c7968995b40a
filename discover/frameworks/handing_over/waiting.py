"""Work that waits for the work of other calls: `queue.enqueue(bill, depends_on=packed)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.rules.given import Given
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from discover.catalog.spec import Dispatch as Rule
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function, Scope

    Handed = dict[tuple[str, int], list[str]]
    """What is handed over, in words, by the unit and the number of the call."""

_DEPTH = 6
"""So many names, lists and functions are opened to find the call that made a job."""
_SHOWN = 4
"""Of more jobs than this the last ones are named by their number."""


def place_waiting(bench: Workbench) -> None:
    """Let each hand-over that names jobs to wait for say so. Needs all that calls hand over."""
    rules = [rule for _, rule in bench.catalog.dispatches if rule.after is not None]
    if not rules:
        return
    handed: Handed = {}
    for one in bench.found.dispatches.values():
        if one.stage == 0:
            words = [_last(unit) for unit in one.targets] or ([one.name] if one.name else [])
            handed.setdefault((one.unit, one.number), []).extend(words)
    for rule in rules:
        for match in bench.index.calls(rule.call):
            _place(bench, rule, match, handed)


def _place(bench: Workbench, rule: Rule, match: Match, handed: Handed) -> None:
    site = match.site
    expression = bench.picker.expression(rule.after, site.call) if rule.after is not None else None
    if expression is None or (isinstance(expression, ir.Constant) and expression.value is None):
        return
    words = list(dict.fromkeys(_jobs(bench, handed, site.function, expression, _DEPTH))) or [text_of(expression)]
    if len(words) > _SHOWN:
        words = [*words[: _SHOWN - 1], f"{len(words) - _SHOWN + 1} more"]
    given = Given(site.call, site.function, None, match.receivers)
    values = bench.picker.values(rule.regardless, given) if rule.regardless is not None else ()
    is_regardless = any(isinstance(value, ConstantValue) and value.value is True for value in values)
    bench.found.wait(site.function.id, site.call.number, tuple(words), "always" if is_regardless else "success")


def _jobs(bench: Workbench, handed: Handed, scope: Scope, expression: ir.Expr, depth: int) -> list[str]:
    """The work that the calls hand over which an expression stands for."""
    if depth == 0:
        return []
    if isinstance(expression, ir.Call):
        made = handed.get((scope.unit.id, expression.number))
        if made is not None:
            return made
    inner = _inside(bench, scope, expression)
    return [job for at, one in inner for job in _jobs(bench, handed, at, one, depth - 1)]


def _inside(bench: Workbench, scope: Scope, expression: ir.Expr) -> list[tuple[Scope, ir.Expr]]:
    """The expressions whose value an expression has, or holds."""
    if isinstance(expression, ir.Call):
        site = scope.unit.sites.get(expression.number)
        targets = [target.function for target in site.targets] if site is not None else []
        if targets:
            return [(function, one) for function in targets for one in bench.contexts.returned(function)]
        # what holds jobs: `Dependency(jobs=[first, second])`
        return [(scope, one) for one in (*expression.arguments, *(k.value for k in expression.keywords))]
    if isinstance(expression, ir.Name):
        return [(scope, one) for one in _held(bench, scope.unit, expression.id)]
    if isinstance(expression, ir.Sequence):
        return [(scope, one) for one in expression.items]
    if isinstance(expression, ir.Choice):
        return [(scope, one) for one in expression.values]
    if isinstance(expression, ir.Comprehension):
        return [(scope, expression.element)]
    return [(scope, expression.value)] if isinstance(expression, ir.Starred | ir.Await | ir.Named) else []


def _held(bench: Workbench, function: Function, name: str) -> list[ir.Expr]:
    """What is assigned to a name, and what is put into the list of that name."""
    found = list(bench.contexts.assignments(function).get(name, []))
    for site in bench.contexts.adders(name):
        if site.function is function:
            found += site.call.arguments
    return found


def _last(unit: str) -> str:
    return unit.rpartition("::")[2].rpartition(".")[2] if "::" in unit else unit
