"""What code asks of holders, and what it leaves in them: one record for a statement, a function or a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeVar

from exporters.cutting.places import NOWHERE, Places, is_incoming, overlap, plain

_T = TypeVar("_T")
Links = frozenset[tuple[str, str]]
How = Literal["stored", "called", "filled"]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change of what a holder holds, and where the code makes it."""

    place: str
    how: How
    """Something is stored there; a method such as `append` is called; a cache gets what was missing in it."""
    unit: str
    line: int
    is_anew: bool = False
    """The attribute itself gets another value: what it held stays as it is."""


def _with(one: frozenset[_T], other: frozenset[_T]) -> frozenset[_T]:
    """Both; the sets may be large, and mostly one holds the other."""
    if other <= one:
        return one
    return other if one <= other else one | other


@lru_cache(maxsize=65536)
def _apart(places: Places) -> tuple[Places, Places]:
    """Those that come in, and the others."""
    incoming = frozenset(one for one in places if is_incoming(one))
    return incoming, places - incoming if incoming else places


@lru_cache(maxsize=65536)
def _changes_apart(changes: frozenset[Change]) -> tuple[frozenset[Change], frozenset[Change]]:
    incoming = frozenset(one for one in changes if one.place.startswith(":"))
    return incoming, changes - incoming if incoming else changes


@dataclass(frozen=True, slots=True)
class Touch:
    """What a piece of code does, in its order."""

    reads: Places = NOWHERE
    early: Places = NOWHERE
    """What it reads as it was before."""
    cached: Places = NOWHERE
    """What it reads where it would find it out again if it was not there."""
    changes: frozenset[Change] = frozenset()
    sets: Places = NOWHERE
    """What it certainly sets anew as a whole."""
    gives: Places = NOWHERE
    """What it returns, or a part of which."""
    links: Links = frozenset()
    """Which attributes of what comes in it lets hold what: `(":self.store", ":store")`."""

    def then(self, other: Touch) -> Touch:
        """Both, one behind the other."""
        return Touch(
            _with(self.reads, other.reads),
            _with(self.early, other.early - self.sets if self.sets else other.early),
            _with(self.cached, other.cached - self.sets if self.sets else other.cached),
            _with(self.changes, other.changes),
            _with(self.sets, other.sets),
            _with(self.gives, other.gives),
            _with(self.links, other.links),
        )

    def maybe(self) -> Touch:
        """The same where it is not sure that the code is run."""
        return replace(self, sets=NOWHERE)

    def without_reads(self, places: Places) -> Touch:
        """The same where what it asks of these places counts for nothing."""
        return replace(self, reads=self.reads - places, early=self.early - places)

    @property
    def asks(self) -> Places:
        """All that it reads."""
        return self.reads | self.cached

    def moved(self, to: Callable[[str], Iterable[str]], changed: Callable[[Change], Iterable[str]]) -> Touch:
        """The same with other places; `changed` says at which places a change is one then.

        What is read of an argument is `cached`: who hands it over knows whether that is more than a local name.
        """

        def all_of(places: Places) -> Places:
            return frozenset(one for place in places for one in to(place))

        def held_in(places: Places) -> Places:
            return plain(all_of(places)) if places else NOWHERE

        own, reads = _apart(self.reads)
        early, early_left = _apart(self.early)
        cached, cached_left = _apart(self.cached)
        sets, sets_left = _apart(self.sets)
        gives, gives_left = _apart(self.gives)
        changes, left = _changes_apart(self.changes)
        asked, by_argument = _apart(held_in(own))
        moved = {replace(change, place=one) for change in changes for one in changed(change)}
        links = {(one, two) for left, right in self.links for one in to(left) if one[0] == ":" for two in to(right)}
        return Touch(
            _with(reads, asked),
            _with(early_left, held_in(early)),
            _with(_with(cached_left, held_in(cached)), by_argument),
            _with(left, frozenset(moved)),
            _with(sets_left, held_in(sets)),
            _with(gives_left, all_of(gives)),
            frozenset(links) if self.links else self.links,
        )

    def asking(self, named: Places) -> Touch:
        """The same where these places were handed over by their own names, and not as what a local name got."""
        asked = frozenset(one for one in self.cached if any(overlap(one, two) for two in named))
        return replace(self, reads=self.reads | asked, early=self.early | asked)


NOTHING = Touch()
