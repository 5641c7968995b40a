"""Queues within the process: what one function puts into a `queue.Queue` or `asyncio.Queue`, a loop elsewhere works on.

No name joins the two sides, but the object does: each queue is told apart by the call that made it. A queue that one
function alone fills and empties is its own data, and what is taken once, outside a loop, is an answer; only where a
loop of another function takes what is put is work handed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.within_process import Sites, join_queues
from discover.frameworks.routing.routers import site_keys
from discover.resolve.queued import QUEUES

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_CLASSES = ("queue.*Queue", "asyncio.*Queue", "multiprocessing.*Queue")
_PUTS = [f"{cls}.{name}" for cls in _CLASSES for name in ("put", "put_nowait")]
_GETS = [f"{cls}.{name}" for cls in _CLASSES for name in ("get", "get_nowait")]


def connect(bench: Workbench) -> None:
    """Join what fills a queue of the process with what works on it."""
    puts, gets = _by_queue(bench, _PUTS), _by_queue(bench, _GETS)
    gets = {key: taking for key, sites in gets.items() if (taking := [site for site in sites if not _drains(site)])}
    join_queues(bench, puts, gets, lambda key, _: _name(bench, key))


def _by_queue(bench: Workbench, paths: list[str]) -> Sites:
    """The calls of these methods, by the queue that they mean."""
    found: Sites = {}
    for match in bench.index.calls(paths):
        keys = site_keys(match.receivers)
        for key in keys if len(keys) <= QUEUES else ():
            found.setdefault(key, []).append(match.site)
    return found


def _drains(site: CallSite) -> bool:
    """Whether the call throws away what lies in the queue: it does not wait, and nobody looks at what it takes."""
    called = site.call.function
    return (
        isinstance(called, ir.Attribute)
        and called.name == "get_nowait"
        and any(isinstance(s, ir.Evaluate) and s.value is site.call for s in site.function.statements)
    )


def _name(bench: Workbench, key: str) -> str:
    """How the code calls the queue that the call of this key makes: by module, class or function, else by its place."""
    path, _, number = key.rpartition("#")
    for function in bench.program.all_functions:
        if function.module.path != path:
            continue
        for statement in function.statements:
            if not isinstance(statement, ir.Assign) or not _makes(statement.value, number):
                continue
            target = statement.targets[0]
            if isinstance(target, ir.Name):
                local = "" if function is function.module.body else f"{function.record.qualname}."
                return f"{function.module.name}.{local}{target.id}"
            if isinstance(target, ir.Attribute) and function.owner is not None:
                return f"{function.module.name}.{function.owner.record.name}.{target.name}"
            return f"{path}:{statement.line}"
    return path


def _makes(value: ir.Expr | None, number: str) -> bool:
    """Whether the assigned value is the call of this number."""
    return isinstance(value, ir.Call) and str(value.number) == number
