"""Queues that live in the process: who puts into one sends, the loop elsewhere that takes from it receives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.brokers.receiving import Receiving
from discover.frameworks.records import Channel, Dispatch, called_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

Sites = dict[str, "list[CallSite]"]
"""Calls by the queue that they mean."""
_MEDIUM = "process queue"
_LIBRARY = "python"
_CONFIDENCE = 0.9


def join_queues(
    bench: Workbench,
    puts: Sites,
    gets: Sites,
    name: Callable[[str, set[Function]], str],
    evidence: str = "a queue",
    *,
    whole: bool = False,
) -> None:
    """Join what puts into queues with the loops that take from them.

    `name` says how a queue is told, by its key and the functions that work on it; a queue without a name is left alone.
    With `whole` the function that has the loop is always who takes, also where it hands each item to another one.
    """
    receiving = Receiving(bench)
    names: dict[str, str] = {}
    taking: dict[CallSite, list[str]] = {}
    for key in sorted(puts.keys() & gets.keys()):
        takers = {site: _takers(receiving, site, whole=whole) for site in gets[key]}
        working = {function for functions in takers.values() for function in functions}
        if working and any(site.function not in working for site in puts[key]) and (said := name(key, working)):
            names[key] = said
            for site in (site for site, functions in takers.items() if functions):
                taking.setdefault(site, []).append(key)
    for site, keys in taking.items():
        heard = _channels(names, keys)
        receiving.place(_LIBRARY, site.function, site.line, {site.call.number}, heard, stream=False, whole=whole)
    sending: dict[CallSite, list[str]] = {}
    for key in names:
        for site in puts[key]:
            sending.setdefault(site, []).append(key)
    for site, keys in sending.items():
        _send(bench, site, _channels(names, keys), evidence)


def _takers(receiving: Receiving, site: CallSite, *, whole: bool) -> list[Function]:
    """The functions that work on what the call takes, one after the other."""
    return receiving.consumers(site.function, site.line, {site.call.number}, stream=False, whole=whole)


def _channels(names: dict[str, str], keys: list[str]) -> tuple[Channel, ...]:
    return tuple(dict.fromkeys(Channel(medium=_MEDIUM, name=names[key]) for key in keys))


def _send(bench: Workbench, site: CallSite, sends: tuple[Channel, ...], queue: str) -> None:
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
            evidence=f"put into {queue} of the process, {sends[0].name}",
        )
    )
