"""Branches that happen side by side in one Restate invocation.

Restate's own `gather` joins single operations, not coroutines that do several of them. Here each branch runs until it
needs the result of an operation; then all open operations are waited for together, and those branches go on whose
result is there. Restate keeps the order in which operations end, so that a replay takes the same ways.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator, Sequence
from typing import Any, TypeVar, cast

from restate import RestateDurableFuture, wait_completed

T = TypeVar("T")
Futures = list[RestateDurableFuture[Any]]


class _Needed:
    """What a branch gives to the one who drives it: operations, of which it needs one to end."""

    def __init__(self, futures: Futures) -> None:
        self.futures = futures

    def __await__(self) -> Generator[_Needed]:
        yield self


async def ended(future: RestateDurableFuture[T]) -> T:
    """The result of an operation, for code inside a branch."""
    while not cast("Any", future).is_completed():
        await _Needed([future])
    return await future


class SideBySide:
    """Awaits coroutines side by side; the first failure is the whole's."""

    def __init__(self, work: Sequence[Awaitable[Any]], *, is_inside: bool) -> None:
        self._branches = [cast("Coroutine[Any, Any, Any]", branch) for branch in work]
        self._is_inside = is_inside
        """It is itself part of a branch."""
        self._results: dict[int, Any] = {}
        self._open: dict[int, Futures] = {}

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        try:
            ready = list(range(len(self._branches)))
            while ready:
                for number in ready:
                    yield from self._go_on(number)
                if not self._open:
                    break
                futures = [future for open_ones in self._open.values() for future in open_ones]
                yield from (_Needed(futures).__await__() if self._is_inside else wait_completed(*futures).__await__())
                ready = [number for number, open_ones in self._open.items() if any(map(_is_over, open_ones))]
        finally:
            for branch in self._branches:
                branch.close()
        return [self._results[number] for number in range(len(self._branches))]

    def _go_on(self, number: int) -> Generator[Any, Any, None]:
        """Let a branch run until it ends, or needs an operation to end."""
        self._open.pop(number, None)
        value: Any = None
        while True:
            try:
                needed = self._branches[number].send(value)
            except StopIteration as stop:
                self._results[number] = stop.value
                return
            if isinstance(needed, _Needed):
                self._open[number] = needed.futures
                return
            value = yield needed


def _is_over(future: RestateDurableFuture[Any]) -> bool:
    return bool(cast("Any", future).is_completed())
