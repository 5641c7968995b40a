"""Decorators that a function of the project hands back: `def post(rule): return app.route(rule, methods=["POST"])`.

What stands below an `@post("/x")` is decorated by the library's decorator, with what this `@` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite, Decoration

_DEPTH = 3
"""So many functions may hand it on, one to the other."""


def decorated_through(
    bench: Workbench, site: CallSite, depth: int = _DEPTH
) -> Iterator[tuple[Decoration | CallSite, Frame]]:
    """Every decoration, or call in code, by the decorator that a call makes and its function returns.

    With it comes the frame in which to see the call.
    """
    if not depth or not _is_returned(bench, site):
        return
    for caller in bench.contexts.callers(site.function):
        decorations = bench.decorations_of(caller)
        for decoration in decorations:
            yield decoration, Frame(site.function, caller)
        if decorations:
            continue
        applied = bench.call_of_result(caller)
        if applied is not None:
            yield applied, Frame(site.function, caller)
        for user, outer in decorated_through(bench, caller, depth - 1):
            yield user, Frame(site.function, caller, outer)


def _is_returned(bench: Workbench, site: CallSite) -> bool:
    assigned = bench.contexts.assignments(site.function)
    for expression in bench.contexts.returned(site.function):
        values = assigned.get(expression.id, [expression]) if isinstance(expression, ir.Name) else [expression]
        if any(isinstance(value, ir.Call) and value.number == site.call.number for value in values):
            return True
    return False
