"""Coroutines that run beside the code which starts them: `asyncio.create_task(tell(order))`.

The call `tell(order)` only makes the coroutine. What it leads to is a hand-over where that call stands, also when a
function of the project's own is given the coroutine and starts it (`spawn(tell(order))`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.records import Callback, called_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_DEPTH = 3
"""So many functions of the project are followed that are given the coroutine."""
_COROUTINE = Pick(argument=0, keyword=["coro", "coro_or_future"])


def find_started(bench: Workbench) -> None:
    """Note what each started coroutine runs, at the call that makes it."""
    for match in bench.index.calls(bench.catalog.starts):
        started = bench.picker.expression(_COROUTINE, match.site.call)
        for making in _made(bench, match.site.function, started, _DEPTH):
            functions = [target.function for target in making.targets]
            if functions and all(one.record.is_async and not one.record.is_generator for one in functions):
                is_here = making.function is match.site.function
                callback = Callback(
                    **called_at(making),
                    library="asyncio",
                    targets=tuple(one.id for one in functions),
                    runs="parallel",
                    makes_coroutine=True,
                    confidence=min(target.confidence for target in making.targets),
                    evidence=match.path if is_here else f"{match.path} through {match.site.function.id}",
                )
                bench.found.callback(callback)


def _made(bench: Workbench, function: Function, expression: ir.Expr | None, depth: int) -> Iterator[CallSite]:
    """The calls that make the coroutine which an expression of a function stands for."""
    if isinstance(expression, ir.Call):
        site = function.sites.get(expression.number)
        if site is not None:
            yield site
    elif isinstance(expression, ir.Name):
        if any(parameter.name == expression.id for parameter in function.record.parameters):
            for caller in bench.contexts.callers(function) if depth else ():
                given = argument_for(function, expression.id, caller.call)
                yield from _made(bench, caller.function, given, depth - 1)
            return
        assigned = bench.contexts.assignments(function).get(expression.id, [])
        if len(assigned) == 1:
            yield from _made(bench, function, assigned[0], depth - 1) if depth else ()
