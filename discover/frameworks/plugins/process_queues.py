"""Queues within the process: what one function puts into a `queue.Queue` or `asyncio.Queue`, a loop elsewhere works on.

No name joins the two sides, but the object does: each queue is told apart by the call that made it. A queue that one
function alone fills and empties is its own data, and what is taken once, outside a loop, is an answer; only where a
loop of another function takes what is put is work handed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements
from discover.frameworks.brokers.receiving import Receiving
from discover.frameworks.records import Channel, Dispatch, called_at
from discover.frameworks.routing.routers import site_keys

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_MEDIUM = "process queue"
_LIBRARY = "python"
_CLASSES = ("queue.*Queue", "asyncio.*Queue", "multiprocessing.*Queue")
_PUTS = [f"{cls}.{name}" for cls in _CLASSES for name in ("put", "put_nowait")]
_GETS = [f"{cls}.{name}" for cls in _CLASSES for name in ("get", "get_nowait")]
_QUEUES = 8
"""An object that may be any of more queues than this does not tell which one is meant."""
_CONFIDENCE = 0.9


def connect(bench: Workbench) -> None:
    """Join what fills a queue of the process with what works on it."""
    puts, gets = _by_queue(bench, _PUTS), _by_queue(bench, _GETS)
    receiving = Receiving(bench)
    names: dict[str, str] = {}
    taking: dict[CallSite, list[str]] = {}
    for key in sorted(puts.keys() & gets.keys()):
        takers = {site: _takers(receiving, site) for site in gets[key]}
        working = {function for functions in takers.values() for function in functions}
        if working and any(site.function not in working for site in puts[key]):
            names[key] = _name(bench, key)
            for site in (site for site, functions in takers.items() if functions):
                taking.setdefault(site, []).append(key)
    for site, keys in taking.items():
        heard = _channels(names, keys)
        receiving.place(_LIBRARY, site.function, site.line, {site.call.number}, heard, stream=False)
    sending: dict[CallSite, list[str]] = {}
    for key in names:
        for site in puts[key]:
            sending.setdefault(site, []).append(key)
    for site, keys in sending.items():
        _send(bench, site, _channels(names, keys))


def _by_queue(bench: Workbench, paths: list[str]) -> dict[str, list[CallSite]]:
    """The calls of these methods, by the queue that they mean."""
    found: dict[str, list[CallSite]] = {}
    for match in bench.index.calls(paths):
        keys = site_keys(match.receivers)
        for key in keys if len(keys) <= _QUEUES else ():
            found.setdefault(key, []).append(match.site)
    return found


def _takers(receiving: Receiving, site: CallSite) -> list[Function]:
    """The functions that work on what the call takes, one after the other."""
    return receiving.consumers(site.function, site.line, {site.call.number}, stream=False)


def _channels(names: dict[str, str], keys: list[str]) -> tuple[Channel, ...]:
    return tuple(dict.fromkeys(Channel(medium=_MEDIUM, name=names[key]) for key in keys))


def _send(bench: Workbench, site: CallSite, sends: tuple[Channel, ...]) -> None:
    bench.found.dispatch(
        Dispatch(
            **called_at(site),
            edge="publish",
            library=_LIBRARY,
            name=sends[0].name,
            channel=", ".join(channel.name for channel in sends),
            sends=sends,
            stored=True,
            confidence=_CONFIDENCE if len(sends) == 1 else 0.7,
            evidence=f"put into a queue of the process, {sends[0].name}",
        )
    )


def _name(bench: Workbench, key: str) -> str:
    """How the code calls the queue that the call of this key makes: by module, class or function, else by its place."""
    path, _, number = key.rpartition("#")
    for function in bench.program.all_functions:
        if function.module.path != path:
            continue
        for statement in statements(function.record.body):
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
