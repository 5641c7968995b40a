"""Names in code as words: where they part, and what their form says of them."""

from __future__ import annotations

import re
from typing import Final

_VERBS: Final = """
is are was were has have had can could should would must may might will does did needs wants allows supports
uses contains includes exists requires matches belongs owns accepts expects
"""
_STATES: Final = """
active inactive valid invalid empty ready done available public private visible open alive online offline
successful ok stale dirty anonymous pending complete finished locked equal
"""

VERBS: Final = frozenset(_VERBS.split())
"""A name that begins with one of these says something by itself: `is_active`, `has_access`."""

STATES: Final = frozenset(_STATES.split())
"""A name that ends in one of these is a state of its owner: `customer.active`."""

_MANNERS: Final = """
all already also always any auto automatically currently ever first fully just last manually never newly no not now only
partially permanently pre publicly recently re self soft temporarily
"""
_ADVERBS: Final = frozenset(_MANNERS.split())
"""Before a state, these say how: `all_reserved`; another word before it is what has the state: `imports_enabled`."""
_SWITCHES: Final = """
allow create delete disable enable exclude fetch force hide ignore include keep parse remove render run send show skip
use
"""
ORDERS: Final = frozenset(_SWITCHES.split())
"""A name that begins with one of these is a switch, whatever its end: `allow_external_connections`."""

_PARTS: Final = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_SHORT_PLURALS: Final = frozenset(["ids", "pks"])
_NO_PLURAL: Final = ("ss", "us", "is", "as", "os", "ics")
_NOT_PLURAL: Final = frozenset(["news", "access", "kwargs", "args", "this", "yes", "https", "dns", "sms", "aws", "ms"])
_NO_STATE: Final = ("eed", "bed", "red")


def split_words(name: str) -> list[str]:
    """`needs_to_verifyEmail` as `needs`, `to`, `verify`, `email`; an acronym stays as it is."""
    return [word if word.isupper() and len(word) > 1 else word.lower() for word in _PARTS.findall(name)]


def is_symbol(name: str) -> bool:
    """Whether a name stands for one fixed thing, and is read as it is written: `QUALIFIED`, `OrderStatus`."""
    bare = name.lstrip("_")
    return bare[:1].isupper()


def is_plural(name: str) -> bool:
    """Whether a name means several things: `errors`, but not `status`."""
    words = split_words(name)
    last = words[-1] if words else ""
    return (
        (len(last) > 3 or last in _SHORT_PLURALS)
        and last.endswith("s")
        and last.islower()
        and not last.endswith(_NO_PLURAL)
        and last not in _NOT_PLURAL
        and not is_symbol(name)
    )


def is_state(name: str) -> bool:
    """Whether an attribute is a state of its owner: `paused`, `active`, `all_reserved`."""
    words = split_words(name)
    if not words or is_symbol(name):
        return False
    last = words[-1]
    return last in STATES or (len(last) > 4 and last.endswith("ed") and not last.endswith(_NO_STATE))


def is_of_a_part(name: str) -> bool:
    """Whether an attribute is a state not of its owner, but of something of its owner's: `imports_enabled`."""
    words = split_words(name)
    return is_state(name) and len(words) > 1 and not _ADVERBS.intersection(words[:-1])


def article(word: str) -> str:
    """`a` or `an`, by the first letter."""
    return "an" if word[:1].lower() in "aeiou" else "a"
