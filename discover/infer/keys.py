"""The keys of templates: a unit, and what makes its flow differ from what it is for all callers."""

from __future__ import annotations

from typing import NamedTuple

_MARK = "\1"
"""Between the parts: no path and no name holds it."""


class Key(NamedTuple):
    """A unit, the class whose object it runs on where that is known, and what its caller opens of it."""

    unit: str
    receiver: str = ""
    variant: int = 0
    request: str = ""
    """The effect that the call tells of the unit, a thin wrapper that makes the request."""


def key_of(unit: str, receiver: str, variant: int = 0, request: str = "") -> str:
    """The key as text: the unit itself where nothing makes it differ."""
    if request:
        return _MARK.join((unit, receiver, str(variant or ""), request))
    if variant:
        return f"{unit}{_MARK}{receiver}{_MARK}{variant}"
    return f"{unit}{_MARK}{receiver}" if receiver else unit


def split_key(key: str) -> Key:
    """The parts of a key."""
    unit, _, rest = key.partition(_MARK)
    receiver, _, rest = rest.partition(_MARK)
    variant, _, request = rest.partition(_MARK)
    return Key(unit, receiver, int(variant or 0), request)


def unit_of(key: str) -> str:
    """The unit of a key."""
    return key.partition(_MARK)[0]


def has_request(key: str) -> bool:
    """Whether the call tells a request of the unit; asked of every call, so no more is looked at."""
    return key.count(_MARK) == 3
