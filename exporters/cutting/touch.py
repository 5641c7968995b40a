"""What code asks of holders, and what it leaves in them: one record for a statement, a function or a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeVar

_T = TypeVar("_T")
Places = frozenset[str]
"""Holders, and objects that come in: a parameter's begins with a colon (`:request.session`)."""
NOWHERE: Places = frozenset()
How = Literal["stored", "called", "filled"]


def overlap(one: str, two: str) -> bool:
    """Whether one of the places is, or is a part of, the other."""
    return one == two or one.startswith(f"{two}.") or two.startswith(f"{one}.")


def parts_of(place: str) -> tuple[str, ...]:
    """The place, and the holder that it is an attribute of: places that overlap have one of them in common."""
    head, _, name = place.rpartition("::")
    outer = name.rpartition(".")[0]
    return (place, f"{head}::{outer}") if head and outer else (place,)


def among(places: Iterable[str], others: Places) -> Places:
    """Those of the places that overlap one of the others."""
    parts = {part for one in others for part in parts_of(one)}
    return frozenset(one for one in places if one in parts or not others.isdisjoint(parts_of(one)))


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change of what a holder holds, and where the code makes it."""

    place: str
    how: How
    """Something is stored there; a method such as `append` is called; a cache gets what was missing in it."""
    unit: str
    line: int


def _with(one: frozenset[_T], other: frozenset[_T]) -> frozenset[_T]:
    """Both; the sets may be large, and mostly one holds the other."""
    if other <= one:
        return one
    return other if one <= other else one | other


@lru_cache(maxsize=65536)
def _apart(places: Places) -> tuple[Places, Places]:
    """Those that come in, and the others."""
    incoming = frozenset(one for one in places if one.startswith(":"))
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

    def then(self, other: Touch) -> Touch:
        """Both, one behind the other."""
        return Touch(
            _with(self.reads, other.reads),
            _with(self.early, other.early - self.sets if self.sets else other.early),
            _with(self.cached, other.cached - self.sets if self.sets else other.cached),
            _with(self.changes, other.changes),
            _with(self.sets, other.sets),
            _with(self.gives, other.gives),
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

    def moved(self, to: Callable[[str], Iterable[str]], changed: Callable[[Change, str], bool]) -> Touch:
        """The same with other places; `changed` says which changes are ones at a new place.

        What is read of an argument is `cached`: who hands it over knows whether that is more than a local name.
        """

        def all_of(places: Places) -> Places:
            return frozenset(one for place in places for one in to(place))

        own, reads = _apart(self.reads)
        early, early_left = _apart(self.early)
        cached, cached_left = _apart(self.cached)
        sets, sets_left = _apart(self.sets)
        gives, gives_left = _apart(self.gives)
        changes, left = _changes_apart(self.changes)
        asked, by_argument = _apart(all_of(own))
        moved = {
            Change(one, change.how, change.unit, change.line)
            for change in changes
            for one in to(change.place)
            if changed(change, one)
        }
        return Touch(
            _with(reads, asked),
            _with(early_left, all_of(early)),
            _with(_with(cached_left, all_of(cached)), by_argument),
            _with(left, frozenset(moved)),
            _with(sets_left, all_of(sets)),
            _with(gives_left, all_of(gives)),
        )

    def asking(self, named: Places) -> Touch:
        """The same where these places were handed over by their own names, and not as what a local name got."""
        asked = frozenset(one for one in self.cached if any(overlap(one, two) for two in named))
        return replace(self, reads=self.reads | asked, early=self.early | asked)


NOTHING = Touch()
