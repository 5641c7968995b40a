"""What code asks of holders, and what it leaves in them: one record for a statement, a function or a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

Places = frozenset[str]
"""Holders, and objects that come in: a parameter's begins with a colon (`:request.session`)."""
NOWHERE: Places = frozenset()
How = Literal["stored", "called", "filled"]


def overlap(one: str, two: str) -> bool:
    """Whether one of the places is, or is a part of, the other."""
    return one == two or one.startswith(f"{two}.") or two.startswith(f"{one}.")


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change of what a holder holds, and where the code makes it."""

    place: str
    how: How
    """Something is stored there; a method such as `append` is called; a cache gets what was missing in it."""
    unit: str
    line: int


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
            self.reads | other.reads,
            self.early | (other.early - self.sets),
            self.cached | (other.cached - self.sets),
            self.changes | other.changes,
            self.sets | other.sets,
            self.gives | other.gives,
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

        changes = frozenset(
            Change(one, change.how, change.unit, change.line)
            for change in self.changes
            for one in to(change.place)
            if changed(change, one)
        )
        incoming = frozenset(one for one in self.reads if one.startswith(":"))
        by_argument = frozenset(one for one in all_of(incoming) if not one.startswith(":"))
        return Touch(
            all_of(self.reads - incoming) | (all_of(incoming) - by_argument),
            all_of(self.early),
            all_of(self.cached) | by_argument,
            changes,
            all_of(self.sets),
            all_of(self.gives),
        )

    def asking(self, named: Places) -> Touch:
        """The same where these places were handed over by their own names, and not as what a local name got."""
        asked = frozenset(one for one in self.cached if any(overlap(one, two) for two in named))
        return replace(self, reads=self.reads | asked, early=self.early | asked)


NOTHING = Touch()
