"""Which system an effect touches: one name for each service, table, store and queue, wherever it is met."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from discover.model import E_MAIL, Effect, Hop

_NAME: Final = re.compile(r"[\w.$-]+")
_WORDS: Final = {
    "service": "outside service",
    "address": "address",
    "table": "table",
    "store": "store",
    "queue": "queue",
    "program": "program",
}
_CARRIED: Final = {"dispatch", "publish"}
ORDER: Final = tuple(_WORDS)
"""All kinds, those that a reader asks for first."""


class System(NamedTuple):
    """Something that the code touches. `kind` is one of `ORDER`; the name is empty where the code does not tell it."""

    kind: str
    name: str

    @property
    def key(self) -> str:
        """What addresses on the page call it."""
        return f"{self.kind}:{self.name}"

    @property
    def words(self) -> str:
        """Its kind, for reading."""
        return _WORDS[self.kind]

    @property
    def label(self) -> str:
        """Its name, for reading."""
        return self.name or f"{self.words.capitalize()} not known"


def systems_of(effect: Effect) -> Sequence[System]:
    """The systems that one effect touches: mostly one; several tables where the code picks one of them."""
    match effect.kind:
        case "db_read" | "db_write":
            return _tables(effect)
        case "cache":
            return [System("store", effect.service or "Cache")]
        case "file" if not effect.service:
            return [System("store", "Files")]
        case "process":
            return [System("program", re.split(r"[ ,]", effect.target.strip(), maxsplit=1)[0].strip("{}"))]
        case "message" if not effect.service:
            return [System("queue", effect.target)]
        case "email" if not effect.service:
            return [System("service", E_MAIL)]
        case _:
            return [System("service", effect.service) if effect.service else _address(effect.target)]


def _tables(effect: Effect) -> Sequence[System]:
    names = effect.target.split(", ")
    if len(names) > 1 and all(map(_NAME.fullmatch, names)):
        return [System("table", name) for name in dict.fromkeys(names)]
    if not effect.target and effect.service:
        return [System("store", effect.service)]
    return [System("table", effect.target)]


def _address(target: str) -> System:
    """The host of an address that is known, else the code's own words for it."""
    try:
        host = urlsplit(target).hostname
    except ValueError:
        host = None
    if host and "{" not in host:
        return System("service", host)
    return System("address", target)


def queue_of(hop: Hop) -> System | None:
    """The queue or topic that carries a hand-over; other hand-overs go by a signal, a schedule, a polled column."""
    return System("queue", hop.channel) if hop.channel and hop.kind in _CARRIED else None


def mode(effect: Effect) -> str:
    """`reads` or `writes` for tables, `uses` for all else, whose verbs say more."""
    return {"db_read": "reads", "db_write": "writes"}.get(effect.kind, "uses")
