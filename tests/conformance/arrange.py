"""Whether calls came in an order that a scenario lets them have, and their place in one order of those.

A pattern is a list. A text or an object is one call; a list inside it is what comes in any order: each of its items is
one call, or a list of calls that keep their order among themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Calls = Sequence[Any]


def label_of(item: Any) -> str:
    """`service METHOD path` of an expected call."""
    return item["call"] if isinstance(item, dict) else item


def chains_of(item: Any) -> list[list[Any]]:
    """What comes in any order at one place of a pattern: calls in order each."""
    if not isinstance(item, list):
        return [[item]]
    return [one if isinstance(one, list) else [one] for one in item]


def flat(pattern: Calls) -> list[Any]:
    """All expected calls in the one order that `arranged` brings found calls into."""
    return [call for item in pattern for chain in chains_of(item) for call in chain]


def arranged(
    found: Sequence[T], pattern: Calls, fits: Callable[[Any, T], bool] = lambda item, one: label_of(item) == one
) -> list[int] | None:
    """For each expected call in the pattern's own order the number of the call that is it; None where they differ."""
    if len(found) != len(flat(pattern)):
        return None
    start, order = 0, list[int]()
    for item in pattern:
        chains = chains_of(item)
        size = sum(map(len, chains))
        placed = next(_shares(found[start : start + size], chains, fits), None)
        if placed is None:
            return None
        order += [start + number for chain in placed for number in chain]
        start += size
    return order


def _shares(
    found: Sequence[T], chains: list[list[Any]], fits: Callable[[Any, T], bool], start: int = 0
) -> Iterator[list[list[int]]]:
    """Each way to deal calls to chains so that every chain keeps its order: the numbers of each chain's calls."""
    if start == len(found):
        yield [[] for _ in chains]
        return
    for number, chain in enumerate(chains):
        if chain and fits(chain[0], found[start]):
            rest = [*chains[:number], chain[1:], *chains[number + 1 :]]
            for shares in _shares(found, rest, fits, start + 1):
                yield [[start, *one] if place == number else one for place, one in enumerate(shares)]


def said_once(pattern: Calls) -> list[Any]:
    """The pattern without the calls that it says earlier."""
    seen: list[Any] = []

    def new(one: Any) -> bool:
        is_new = one not in seen
        seen.append(one)
        return is_new

    kept: list[Any] = []
    for item in pattern:
        chains = [[one for one in chain if new(one)] for chain in chains_of(item)]
        left = [chain for chain in chains if chain]
        if left:
            kept.append(left if isinstance(item, list) else item)
    return kept
