"""A project's own ways to hand work over: the function that passes its argument to a library's call is such a call.

What its callers hand over is told apart by seeing the library's call from each of them. The hop then stands at the
outermost call that chooses the receiver, with the arguments that this call gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.arguments import takes_itself
from discover.frameworks.bodies import names_read
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.facts import records as ir
    from discover.frameworks.contexts import Contexts
    from discover.frameworks.frames import Frame
    from discover.resolve.sites import CallSite


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
        found: list[Passage] = []
        for frame in self.contexts.frames(function, wanted):
            outermost = _outermost(frame) if frame is not None else None
            if frame is None or outermost is None:
                return []
            found.append(Passage(frame, outermost))
        return found

    def _chooser(self, function: Function, wanted: list[ir.Expr]) -> Function | None:
        """The function around the site whose parameter the expressions read: of a lambda, the one that holds it."""
        at: object = function
        while isinstance(at, Function):
            if self._reads_parameter(at, wanted):
                return at
            at = at.outer
        return None

    def _reads_parameter(
        self, function: Function, wanted: Sequence[ir.Expr], seen: frozenset[str] = frozenset()
    ) -> bool:
        own = function.record.parameters[1:] if takes_itself(function) else function.record.parameters
        names = {parameter.name for parameter in own}
        if not names:
            return False
        assigned = self.contexts.assignments(function)
        for name in sorted({name for expression in wanted for name in names_read(expression)} - seen):
            if name in assigned:
                if self._reads_parameter(function, assigned[name], seen | {name}):
                    return True
            elif name in names:
                return True
        return False


def _outermost(frame: Frame) -> CallSite | None:
    at: Frame | None = frame
    site: CallSite | None = None
    while at is not None:
        if at.site is None:
            return None
        site = at.site
        at = at.outer
    return site
