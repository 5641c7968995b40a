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

_PARTING: Final = "is are was were has have had should can could must will would needs belongs exists"
_INNER: Final = frozenset(_PARTING.split())
"""Verbs that part a name into what it speaks of and what it says: `token_is_valid`, `user_exists`."""

_DEEDS: Final = """
accept activate add allocate anonymize append apply archive assign attach authenticate authorize build bump calculate
call cancel capture charge check clean clear close collect commit compare compute confirm configure construct convert
copy create deactivate deallocate decode decrease delete deliver detach disable disconnect dispatch download drop enable
encode enqueue ensure execute expire export extend extract fetch fill finalize find fulfill generate get grant handle
hydrate import increase increment initialize insert install instantiate invalidate invite issue load look make mark
merge migrate move normalize notify open parse perform persist populate post prepare preprocess process propagate
publish pull push put queue read rebuild recalculate receive reconcile reconstruct redirect refresh refund regenerate
register reindex reject release remove rename render replace requeue reserve reset resolve restore retrieve revoke run
save scale scan schedule select send serialize set split start stop store submit subscribe sync tell transfer trigger
truncate try unlock unsubscribe update upload validate verify void wait warn wrap write
"""
DEEDS: Final = frozenset(_DEEDS.split())
"""A function whose name begins with one of these does something; any other is named by what it gives."""

_MANNERS: Final = """
all already also always any auto automatically being currently ever first fully just last manually never newly no not
now only partially permanently pre publicly recently re self soft temporarily
"""
_ADVERBS: Final = frozenset(_MANNERS.split())
"""Before a state, these say how: `all_reserved`; another word before it is what has the state: `imports_enabled`."""
_SWITCHES: Final = """
add allow create delete disable enable exclude fetch force hide ignore include keep mark parse remove render replace run
send show skip update use
"""
ORDERS: Final = frozenset(_SWITCHES.split())
"""A name that begins with one of these is a switch, whatever its end: `allow_external_connections`."""

_PARTS: Final = re.compile(
    r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+[a-z]?(?![a-z])|\d+|[^\W\d_a-zA-Z]+"
)
_SHORT_PLURALS: Final = frozenset(["ids", "pks"])
_NO_PLURAL: Final = ("ss", "us", "is", "as", "os", "ics")
_NOT_PLURAL: Final = frozenset(["news", "access", "kwargs", "args", "this", "yes", "https", "dns", "sms", "aws", "ms"])
_STEMS: Final = "breed embed exceed feed hundred indeed need proceed sacred seed speed succeed testbed"
_NO_STATE: Final = frozenset(_STEMS.split())
_THINGS: Final = """
admin batch class draft event field file form gift group item job key line link list model name object order page
product query refund request row string superuser tag task team thing type url user uuid view
"""
_NOUNS: Final = frozenset(_THINGS.split())
_NOUN_ENDS: Final = ("er", "or", "tion", "sion", "ment", "ity", "ance", "ence", "ship")
_COMPARATIVES: Final = """
after bigger clever earlier either elder ever faster fewer further greater higher inner larger later latter lesser
longer lower minor major never newer older other outer over proper rather shorter slower smaller stronger under
upper weaker wider younger
"""
_COMPARING: Final = frozenset(_COMPARATIVES.split())


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
    return last in STATES or (len(last) > 4 and last.endswith("ed") and last not in _NO_STATE)


def is_of_a_part(name: str) -> bool:
    """Whether an attribute is a state not of its owner, but of something of its owner's: `imports_enabled`."""
    words = split_words(name)
    return is_state(name) and len(words) > 1 and not _ADVERBS.intersection(words[:-1])


def is_noun(words: list[str]) -> bool:
    """Whether words after "is" name a thing, and want an article: `staff user`, but not `newer`."""
    last = words[-1]
    return last in _NOUNS or (len(last) > 4 and last.endswith(_NOUN_ENDS) and last not in _COMPARING)


def inner_verb(words: list[str]) -> int:
    """Where a verb parts a name into what it speaks of and what it says of it; 0 where none does."""
    return next((place for place in range(1, len(words)) if words[place] in _INNER), 0)


def article(word: str) -> str:
    """`a` or `an`, by how the first letter is spoken."""
    if len(word) > 1 and word[0].isupper() and not word[1].islower():
        return "an" if word[0] in "AEFHILMNORSX" else "a"
    low = word.lower()
    return "an" if low[:1] in tuple("aeiou") and not low.startswith(("uni", "use", "uti", "uu", "eu")) else "a"
