"""A project's own ways to hand work over: the function that passes its argument to a library's call is such a call.

What its callers hand over is told apart by seeing the library's call from each of them. The hop then stands at the
outermost call that chooses the receiver, with the arguments that this call gives.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.parameters import argument_for, gathered_item
from discover.resolve.bodies import names_read
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.sites import CallSite


_DEPTH = 3
"""So many calls are followed beyond the first."""
_PASSAGES = 2000


class Passage:
    """One caller's way through a project's own functions to a library's call."""

    __slots__ = ("frame", "site")

    def __init__(self, frame: Frame, site: CallSite) -> None:
        self.frame = frame
        """What the library's call is seen from."""
        self.site = site
        """The outermost call: where the receiver is chosen."""


class Passages:
    """Finds the callers that choose what a call hands over."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts

    def to(self, site: CallSite, wanted: list[ir.Expr]) -> list[Passage]:
        """The passages to a site; none when its own function chooses, or when nobody is known to call that."""
        function = self._chooser(site.function, wanted)
        if function is None:
            return []
        frames = islice(self._frames(function, wanted, _DEPTH, frozenset()), _PASSAGES)
        return [Passage(frame, outermost(frame, site)) for frame in frames]

    def _frames(
        self, function: Function, wanted: list[ir.Expr], depth: int, inner: frozenset[Function]
    ) -> Iterator[Frame]:
        """The function as each caller sees it, up to the call whose own function reads no parameter for it.

        A way that comes back to where it was (the wrapper also runs what it is given) goes no further.
        """
        inner |= {function}
        names = self._parameters_read(function, wanted)
        items = self._items_read(function, wanted)
        for site in self.contexts.callers(function):
            passed = [given for name in names for given in _given(function, name, items, site.call)]
            chooser = self._chooser(site.function, passed) if depth else None
            if chooser is None or chooser in inner:
                yield Frame(function, site, None)
                continue
            outer = islice(self._frames(chooser, passed, depth - 1, inner), _PASSAGES)
            for frame in list(outer) or [None]:
                yield Frame(function, site, frame)

    def _items_read(self, function: Function, wanted: list[ir.Expr]) -> list[tuple[str, str | int]]:
        """The items that the expressions are, or that a name in them is bound to: `args[0]`, by name and place."""
        known = self.contexts.assignments(function)
        read = [*wanted, *(one for found in wanted for other in names_read(found) for one in known.get(other, ()))]
        return [
            (one.value.id, one.index.value)
            for one in read
            if isinstance(one, ir.Subscript)
            and isinstance(one.value, ir.Name)
            and isinstance(one.index, ir.Constant)
            and isinstance(one.index.value, str | int)
        ]

    def _chooser(self, function: Function, wanted: list[ir.Expr]) -> Function | None:
        """The function around the site whose parameter the expressions read: of a lambda, the one that holds it."""
        at: object = function
        while isinstance(at, Function):
            if self._parameters_read(at, wanted):
                return at
            at = at.outer
        return None

    def _parameters_read(
        self, function: Function, wanted: Sequence[ir.Expr], seen: frozenset[str] = frozenset()
    ) -> list[str]:
        names = {parameter.name for parameter in function.given}
        if not names:
            return []
        assigned = self.contexts.assignments(function)
        is_given = self.contexts.bodies.is_as_given
        found = [one.id for one in wanted if isinstance(one, ir.Name) and is_given(function, one)]
        made = [one for one in wanted if not isinstance(one, ir.Name) or not is_given(function, one)]
        for name in sorted({name for expression in made for name in names_read(expression)} - seen):
            if name in assigned:
                found += self._parameters_read(function, assigned[name], seen | {name})
            if name in names and (name not in assigned or any(name in names_read(one) for one in assigned[name])):
                found.append(name)  # also where it is bound again from itself: `job = job or default`
        return list(dict.fromkeys(found))


def _given(function: Function, name: str, items: list[tuple[str, str | int]], call: ir.Call) -> list[ir.Expr]:
    """What a call gives for a parameter; of `*args` only the items that are read, where just such are."""
    told = [gathered_item(function, name, index, call) for base, index in items if base == name]
    known = [one for one in told if one is not None]
    given = argument_for(function, name, call)
    return known or ([given] if given is not None else [])


def outermost(frame: Frame | None, site: CallSite) -> CallSite:
    """The call with which the way of calls to a site begins: the site itself where its caller makes no difference."""
    while frame is not None and frame.site is not None:
        site, frame = frame.site, frame.outer
    return site


def inwards(frame: Frame) -> Iterator[Frame]:
    """A way of calls cut off behind its first one, its second one, and so on: who chooses stands as near as can be."""
    level: Frame | None = frame
    sites: list[tuple[Function, CallSite]] = []
    while level is not None and level.site is not None:
        sites.append((level.function, level.site))
        level = level.outer
    for count in range(1, len(sites) + 1):
        outer: Frame | None = None
        for function, site in reversed(sites[:count]):
            outer = Frame(function, site, outer)
        if outer is not None:
            yield outer


def differ(seen: Sequence[object], here: object) -> bool:
    """Whether callers choose the receivers: they are not the same from everywhere."""
    return any(one != here for one in seen)
