"""Applies the catalog's rules for messages to a broker: which channels a call sends to, seen from its callers.

A project's own `publish(topic, event)` sends to what its callers name: the hand-over then stands at their calls.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.channels import UNKNOWN, bindings, channels, words
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.reading.passing import outermost
from discover.frameworks.records import RETURNED, Channel, Dispatch, called_at
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.values import Value

_CALLERS = 60
"""A wrapper with more callers that tell channels apart sends to all of them from within."""
_CONFIDENCE = 0.95


def publish(bench: Workbench, library: str, rule: spec.Dispatch, match: Match) -> None:
    """Record what a call sends."""
    site = match.site
    if rule.to.receiver == "value":
        base = site.call.function
        heard = bench.subscribed.channels(rule.medium, site.function, base, match.receivers)
        _add(bench, library, rule, match, site, heard)
        return
    wanted = bench.picker.wanted([rule.to, rule.exchange], site.call)
    seen: dict[CallSite, tuple[Channel, ...]] = {}
    whole: dict[Channel, None] = {}
    for frame in bench.contexts.frames(site.function, wanted):
        given = _given(match, frame)
        found = channels(bench, rule.medium, rule.to, rule.exchange, given)
        whole.update(dict.fromkeys(found))
        place = outermost(frame, site)
        seen[place] = tuple(dict.fromkeys((*seen.get(place, ()), *found)))
    # A caller from which nothing is seen of the name does not choose it.
    seen = {place: found for place, found in seen.items() if any(c.name != UNKNOWN or c.exchange for c in found)}
    if not seen or len(seen) > _CALLERS or len(set(seen.values())) == 1:
        seen = {site: tuple(whole)}
    for place, sends in seen.items():
        _add(bench, library, rule, match, place, sends)
    if site not in seen:
        _add(bench, library, rule, match, site, tuple(whole), is_passed_on=True)


def publish_returned(
    bench: Workbench, library: str, rule: spec.Dispatch, decoration: Decoration, receiver: Value | None
) -> None:
    """Record what a decorated function returns to a channel."""
    function = decoration.definition
    if not isinstance(function, Function):
        return
    given = Given(decoration.call, decoration.scope, None, (receiver,) if receiver is not None else NOTHING)
    sends = channels(bench, rule.medium, rule.to, rule.exchange, given)
    bench.found.dispatch(
        Dispatch(
            unit=function.id,
            number=RETURNED,
            line=_last_line(function) or decoration.line,
            edge=rule.edge,
            library=library,
            name=sends[0].name,
            channel=words(sends),
            sends=sends,
            confidence=_CONFIDENCE,
            evidence=f"returned under {library}",
        )
    )


def _last_line(function: Function) -> int:
    """The line of the return that ends the function; 0 when something else does."""
    last = function.record.body[-1] if function.record.body else None
    return last.line if isinstance(last, ir.Return) else 0


def _given(match: Match, frame: Frame | None) -> Given:
    function = match.site.function
    return Given(match.site.call, function, frame, match.receivers, None, function.unit.owner)


def applies(bench: Workbench, rule: spec.Dispatch | spec.Emit, when: spec.Pick, match: Match) -> bool:
    """Whether the call is one of those that the rule speaks of."""
    texts = bench.picker.texts(when, _given(match, None))
    return any(re.search(rule.matches, text) for text in texts) if rule.matches is not None else bool(texts)


def _add(
    bench: Workbench,
    library: str,
    rule: spec.Dispatch,
    match: Match,
    place: CallSite,
    sends: tuple[Channel, ...],
    *,
    is_passed_on: bool = False,
) -> None:
    bench.found.dispatch(
        Dispatch(
            **called_at(place),
            edge=rule.edge,
            library=library,
            name=sends[0].name if sends else "",
            channel=words(sends),
            sends=sends,
            stored=rule.stored,
            arguments=travelling(rule.arguments, place.call) if place is match.site else (),
            inline=rule.inline,
            is_passed_on=is_passed_on,
            confidence=_confidence(sends) if place is match.site else min(_confidence(sends), 0.9),
            evidence=match.path if place is match.site else f"{match.path} through {match.site.function.id}",
        )
    )


def _confidence(sends: tuple[Channel, ...]) -> float:
    """Of several names and several exchanges, not every pair is one that the code means."""
    several = len({channel.name for channel in sends}) > 1
    if several and len({channel.exchange for channel in sends}) > 1:
        return 0.5
    return 0.8 if several else _CONFIDENCE


def bind(bench: Workbench, rule: spec.Binding, match: Match) -> None:
    """Record what a call binds."""
    site = match.site
    wanted = bench.picker.wanted([rule.queue, rule.exchange, rule.key], site.call)
    for frame in bench.contexts.frames(site.function, wanted):
        given = Given(site.call, site.function, frame, match.receivers or site.result, None, site.function.unit.owner)
        for binding in bindings(bench, rule.medium, rule.queue, rule.exchange or "", rule.key, given):
            bench.found.bindings.setdefault(binding)
