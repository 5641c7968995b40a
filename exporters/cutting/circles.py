"""What is known of each function and of all that it calls, also where functions call one another in a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from exporters.cutting.source import Function

_Known = TypeVar("_Known")
_DEEPEST = 24
"""So many calls are followed, one inside the other."""
_ROUNDS = 3
"""So often functions that call one another are looked into again."""


class Circles(Generic[_Known]):
    """Looks into each function once, and into those of a circle until no more is learned of any.

    A function of a circle that is asked for while the first is looked into is told too little of it. What is known then
    stands until the first is done, and all of the circle is looked into again.
    """

    def __init__(self, look: Callable[[Function], _Known], nothing: _Known) -> None:
        """`look` says what a function does, and asks here for those that it calls; `nothing` is known before."""
        self._look = look
        self._nothing = nothing
        self._known: dict[str, _Known] = {}
        self.above: list[str] = []
        """The functions that are looked into."""
        self._leaning: list[int] = []
        """For each of these the place among them of the first that it calls, also through others."""
        self._open: dict[str, int] = {}
        """Functions of which not all is known yet, since they call one that is still looked into; with its place."""
        self._members: dict[str, Function] = {}

    def of(self, function: Function) -> _Known:
        """What is known of the function; nothing of one that is called too deep."""
        unit = function.unit
        if unit in self._known:
            self._lean_on(self._open.get(unit, self.above.index(unit) if unit in self.above else len(self.above)))
            return self._known[unit]
        if len(self.above) >= _DEEPEST:
            return self._nothing
        self._known[unit] = self._nothing
        leans_on, place = self._look_into(function), len(self.above)
        if leans_on < place:
            self._open |= {one: leans_on for one, at in self._open.items() if at >= place} | {unit: leans_on}
            self._members[unit] = function
            self._lean_on(leans_on)
        else:
            self._close(function)
        return self._known[unit]

    def forget(self, unit: str) -> bool:
        """Look into the function once more when it is asked for; whether it had been."""
        return self._known.pop(unit, None) is not None

    def _look_into(self, function: Function) -> int:
        """Learn what a function does; gives the place among those above of the first that it calls, itself included."""
        place = len(self.above)
        self.above.append(function.unit)
        self._leaning.append(place)
        self._known[function.unit] = self._look(function)
        self.above.pop()
        return self._leaning.pop()

    def _lean_on(self, place: int) -> None:
        """Note that what is looked into calls a function that is being looked into itself."""
        if self._leaning:
            self._leaning[-1] = min(self._leaning[-1], place)

    def _close(self, function: Function) -> None:
        """Look again into functions that call one another in a circle, now that it is known what each does."""
        place = len(self.above)
        circle = [self._members.pop(unit) for unit, leans_on in self._open.items() if leans_on >= place]
        for one in circle:
            del self._open[one.unit]
        for _ in range(_ROUNDS if circle else 0):
            before = [self._known[one.unit] for one in (*circle, function)]
            for one in (*circle, function):
                self._look_into(one)
            if before == [self._known[one.unit] for one in (*circle, function)]:
                break
