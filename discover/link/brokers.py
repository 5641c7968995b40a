"""Who receives what is sent to a broker: by the channel's name, and through the bindings of exchanges to queues.

Names of different kinds of brokers never meet. A name with a part that is not known (`{}`) is joined with what fits it,
less certainly; one of which nothing is known is joined with nobody and reported.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from discover.frameworks.records import Binding, Channel, Dispatch, Findings
from discover.link.records import Target
from discover.model import Unresolved

UNKNOWN = "{}"
_WILD = {
    "amqp": {"*": r"[^.]+", "#": r".*"},
    "nats": {"*": r"[^.]+", ">": r".+"},
    "mqtt": {"+": r"[^/]+", "#": r".*"},
    "redis": {"*": r".*"},
}
_HOLE = {UNKNOWN: r".+"}
_WITH_EXCHANGES = frozenset({"amqp"})
"""Brokers where a queue and an exchange may have one name."""
_LEAST_LITERAL = 3
_WIDE = 8
"""What is sent with an unknown key to an exchange with more queues than this reaches none of them for certain."""

NOBODY_CONSUMES = "nothing in the project is known to consume it"
NOBODY_FEEDS = "nothing in the project is known to send to it"
UNKNOWN_SENT = "the name of the channel that it sends to is not known"
UNKNOWN_HEARD = "the name of the channel that it consumes is not known"


class Heard(NamedTuple):
    """A unit that takes messages from a channel."""

    unit: str
    line: int
    channel: Channel
    confidence: float


class Brokers:
    """All that listens, and all that is bound."""

    def __init__(self, found: Findings) -> None:
        self.heard = list(_heard(found))
        self._by_channel: defaultdict[tuple[str, str], list[Heard]] = defaultdict(list)
        self._of_medium: defaultdict[str, list[Heard]] = defaultdict(list)
        for one in self.heard:
            self._by_channel[one.channel.medium, one.channel.name].append(one)
            self._of_medium[one.channel.medium].append(one)
        self._bindings: defaultdict[tuple[str, str], list[Binding]] = defaultdict(list)
        for binding in found.bindings:
            self._bindings[binding.medium, binding.exchange].append(binding)
        self._fed: set[tuple[str, str]] = set()
        self._expressions: dict[tuple[str, str], re.Pattern[str] | None] = {}

    def receivers(self, dispatch: Dispatch) -> tuple[Target, ...]:
        """The units that receive what the call sends, the surest reason of each."""
        found: dict[str, Target] = {}
        for sent in dispatch.sends:
            for heard, confidence, evidence in self._reached(sent):
                self._fed.add((heard.channel.medium, heard.channel.name))
                sure = round(min(confidence, dispatch.confidence) * heard.confidence, 3)
                known = found.get(heard.unit)
                if heard.unit != dispatch.unit and (known is None or known.confidence < sure):
                    found[heard.unit] = Target(heard.unit, sure, evidence)
        return tuple(found.values())

    def consumers(self, medium: str, queue: str) -> list[Heard]:
        """The units that take messages from a queue; where no exchanges are, by any name that leads to it, too."""
        names = [queue]
        if medium not in _WITH_EXCHANGES:
            names += [binding.queue for binding in self._bindings.get((medium, queue), ())]
            names += [
                name
                for (kind, name), bound in self._bindings.items()
                if kind == medium and any(binding.queue == queue for binding in bound)
            ]
        found = [heard for name in dict.fromkeys(names) for heard, _, _ in self._named(medium, name)]
        return list(dict.fromkeys(found))

    def unresolved(self, dispatches: Iterable[Dispatch]) -> Iterator[Unresolved]:
        """Sends that nobody consumes, and consumers that nobody feeds."""
        for dispatch in dispatches:
            for sent in () if dispatch.stored or dispatch.is_passed_on else dispatch.sends:
                if not any(True for _ in self._reached(sent)):
                    unknown = sent.name == UNKNOWN and sent.exchange in ("", UNKNOWN)
                    reason = UNKNOWN_SENT if unknown else NOBODY_CONSUMES
                    yield Unresolved(at=dispatch.unit, line=dispatch.line, what=_words(sent), reason=reason)
        for one in self.heard:
            if one.channel.name == UNKNOWN:
                yield Unresolved(at=one.unit, line=one.line, what=_words(one.channel), reason=UNKNOWN_HEARD)
            elif (one.channel.medium, one.channel.name) not in self._fed:
                yield Unresolved(at=one.unit, line=one.line, what=_words(one.channel), reason=NOBODY_FEEDS)

    # --- joining ----------------------------------------------------------------------------------------------------

    def _reached(self, sent: Channel) -> Iterator[tuple[Heard, float, str]]:
        if sent.exchange and sent.exchange != UNKNOWN:
            bound = self._bindings.get((sent.medium, sent.exchange), [])
            yield from self._through(sent, bound)
            if bound:
                return
        elif sent.name == UNKNOWN:
            return
        sure = 1.0 if not sent.exchange else 0.5
        if sent.name != UNKNOWN:
            for heard, confidence, evidence in self._named(sent.medium, sent.name):
                yield heard, min(confidence, sure), evidence
        if not sent.exchange:
            # Topics that are forwarded to queues are exchanges of their own: SNS to SQS.
            yield from self._through(Channel(medium=sent.medium, name="", exchange=sent.name), self._forwarded(sent))

    def _forwarded(self, sent: Channel) -> list[Binding]:
        return self._bindings.get((sent.medium, sent.name), [])

    def _through(self, sent: Channel, bound: list[Binding]) -> Iterator[tuple[Heard, float, str]]:
        fitting = [(b, self._fits(sent.medium, sent.name, b.key)) for b in bound]
        reached = [(binding, how) for binding, how in fitting if how]
        if sent.name == UNKNOWN and len({binding.queue for binding, _ in reached}) > _WIDE:
            return
        for binding, how in reached:
            for heard, confidence, _ in self._named(sent.medium, binding.queue):
                evidence = f"exchange {binding.exchange!r} gives {binding.key or 'everything'!r} to {binding.queue!r}"
                yield heard, min(confidence, how), evidence

    def _fits(self, medium: str, name: str, key: str) -> float:
        """How sure it is that a routing key comes through a binding's."""
        if not key or name == key:
            return 0.95
        if UNKNOWN in (name, key):
            return 0.5
        return self._fitting(medium, name, key)

    def _named(self, medium: str, name: str) -> Iterator[tuple[Heard, float, str]]:
        if name == UNKNOWN:
            return
        for heard in self._by_channel.get((medium, name), ()) if _says_something(name) else ():
            yield heard, 0.8 if UNKNOWN in name else 1.0, f"both name {name!r}"
        for heard in self._of_medium.get(medium, ()):
            other = heard.channel.name
            if other not in (name, UNKNOWN):
                how = self._fitting(medium, name, other)
                if how:
                    yield heard, how, f"{name!r} fits {other!r}"

    def _fitting(self, medium: str, sent: str, heard: str) -> float:
        wild = any(token in heard for token in _WILD.get(medium, ())) or heard.startswith("^")
        if UNKNOWN not in sent and UNKNOWN not in heard:
            return 0.85 if wild and self._matches(medium, heard, sent) else 0.0
        if wild or UNKNOWN in heard:
            return 0.5 if self._matches(medium, heard, sent.replace(UNKNOWN, "x")) else 0.0
        return 0.6 if self._matches("", sent, heard) else 0.0

    def _matches(self, medium: str, pattern: str, name: str) -> bool:
        key = (medium, pattern)
        if key not in self._expressions:
            self._expressions[key] = _expression(medium, pattern)
        expression = self._expressions[key]
        return expression is not None and expression.fullmatch(name) is not None


def _expression(medium: str, name: str) -> re.Pattern[str] | None:
    """A name with wildcards or unknown parts as an expression; None if nothing of it is known."""
    tokens = {**_WILD.get(medium, {}), **_HOLE}
    if name.startswith("^"):
        # A regular expression of the project's own is not run: only its literal beginning counts.
        literal = re.match(r"[\w.\-:/]*", name[1:].replace("\\.", "."))
        return re.compile(re.escape(literal[0].rstrip(".")) + ".*") if literal and len(literal[0]) > 1 else None
    pieces = re.split("(" + "|".join(re.escape(token) for token in tokens) + ")", name)
    if not _says_something(name):
        return None
    if medium == "amqp" and name.endswith(".#"):
        pieces[-3] = pieces[-3].removesuffix(".")
        return re.compile(_joined(pieces[:-2], tokens) + r"(?:\..*)?")
    return re.compile(_joined(pieces, tokens))


def _says_something(name: str) -> bool:
    """Whether enough of the name is known to tell it from others: `tcp://{}:{}` may be anything."""
    if UNKNOWN not in name:
        return True
    return len(re.sub(r"[^a-z0-9]", "", name.rpartition("://")[2].lower())) >= _LEAST_LITERAL


def _joined(pieces: list[str], tokens: dict[str, str]) -> str:
    """All but the last wildcard take the first place that fits, for good: tried in all ways, many take for ever."""
    first, *rest = pieces
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    out = re.escape(first)
    for number, (token, text) in enumerate(pairs):
        part = tokens[token] + ("?" if text and number < len(pairs) - 1 else "") + re.escape(text)
        out += f"(?>{part})" if text and number < len(pairs) - 1 else part
    return out


def _heard(found: Findings) -> Iterator[Heard]:
    for entry in found.entry_points:
        for channel in entry.listens:
            yield Heard(entry.unit, entry.line, channel, entry.confidence)
    for listener in found.listeners:
        for channel in listener.channels:
            yield Heard(listener.unit, listener.line, channel, listener.confidence)


def _words(channel: Channel) -> str:
    name = "an unknown channel" if channel.name == UNKNOWN else channel.name or "an empty name"
    where = f" of {channel.exchange}" if channel.exchange not in ("", UNKNOWN) else ""
    return f"{channel.medium}: {name}{where}"
