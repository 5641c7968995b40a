"""What a unit's flow asks of the class whose object it runs on.

A method that hundreds of classes inherit has the same flow for most of them: it differs only by what was asked here.
So the answers are kept, and a class with the same ones has the flow without another look at the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from discover.infer.receivers import Receivers
from discover.link.records import EffectAt, OwnRun, Target

Answer = TypeVar("Answer")


def is_open(at: EffectAt) -> bool:
    """Whether it is the object that says whose rows an effect works on."""
    return ", " in at.effect.target or (not at.effect.target and (at.of_itself or bool(at.among)))


class OwnClass:
    """One class, empty where it is not known, and how it has answered."""

    def __init__(self, name: str, receivers: Receivers) -> None:
        self.name = name
        self.calls: set[str] = set()
        """The calls, by node id, that run methods of this class and are opened for it."""
        self._receivers = receivers
        self._answers: list[tuple[Callable[[str], object], object]] = []

    def narrowed(self, unit: str, name: str, targets: tuple[Target, ...], *, after: bool) -> tuple[Target, ...]:
        """Of the targets of `self.name()` (or, `after`, `super().name()`) those that the class really has there."""
        return self._asked(lambda cls: self._receivers.narrowed(unit, cls, name, targets, after=after))

    def hooked(self, targets: list[Target]) -> list[Target]:
        """Of the methods that a library calls on behalf of an object, those that it calls for the class."""
        return self._asked(lambda cls: self._receivers.hooked(cls, targets))

    def run(self, by_own: Mapping[str, OwnRun]) -> OwnRun | None:
        """What a call on something that the class says runs; None where it does not say so."""
        return self._asked(lambda cls: self._receivers.run(cls, by_own)) if by_own else None

    def is_told(self, targets: list[Target]) -> bool:
        """Whether it is known which of the methods a library calls for the class."""
        return self._asked(lambda cls: self._receivers.is_told(cls, targets))

    def meant(self, by_class: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """What a table says of the class."""
        return self._asked(lambda cls: self._receivers.meant(cls, by_class)) if by_class else None

    def by_arguments(self, by_class: Mapping[str, tuple[str, ...]], targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Of the targets of `self.model()`, those of the class that the object's type argument is."""
        return self._asked(lambda cls: self._receivers.by_arguments(cls, by_class, targets))

    def of_arguments(self, effects: Iterable[EffectAt]) -> list[EffectAt]:
        """Effects on one of several classes' rows: on its own object's, or of the class that its type argument is."""
        return [self._of_arguments(at) if is_open(at) else at for at in effects]

    def _of_arguments(self, at: EffectAt) -> EffectAt:
        return self._asked(lambda cls: self._receivers.of_arguments(cls, at))

    def runs(self, unit: str, call: str) -> bool:
        """Whether a call runs the unit as a method of this class."""
        runs = self._asked(lambda cls: self._receivers.inherits(cls, unit))
        if runs:
            self.calls.add(call)
        return runs

    def is_like(self, other: str) -> bool:
        """Whether another class answers the same to all that was asked."""
        return all(ask(other) == answer for ask, answer in self._answers)

    def _asked(self, ask: Callable[[str], Answer]) -> Answer:
        answer = ask(self.name)
        if self.name:
            self._answers.append((ask, answer))
        return answer
