"""How long a hand-over waits before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts.source_text import text_of
from discover.frameworks.reading.schedules import duration_of

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.facts import records as ir
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench


def delay_of(bench: Workbench, pick: spec.Pick | float | None, given: Given) -> float | None:
    """The seconds that a call waits before it hands over, where they are known."""
    if pick is None or isinstance(pick, int | float):
        return pick
    expression = _expression(bench, pick, given)
    seconds = duration_of(bench.program, given.scope, expression) if expression is not None else None
    return None if seconds is None else seconds * pick.times


def delay_text(bench: Workbench, pick: spec.Pick | float | None, given: Given) -> str:
    """The same in the code's own words."""
    if pick is None or isinstance(pick, int | float):
        return ""
    expression = _expression(bench, pick, given)
    return text_of(expression) if expression is not None else ""


def _expression(bench: Workbench, pick: spec.Pick, given: Given) -> ir.Expr | None:
    """Where a delay stands: in the call, in one that it is given, or in the one that made the receiver."""
    if pick.receiver == "call" and pick.inner is not None:
        return bench.picker.expression(pick.inner, bench.picker.creations.making(given))
    expression = bench.picker.expression(pick, given.call)
    if expression is None or pick.inside is None or pick.inner is None:
        return expression
    inner = bench.picker.given_inside(pick, given, expression)
    return bench.picker.expression(pick.inner, inner.call) if inner is not None else None
