"""A delay for each try (`[10, 30, 60]`) as one that grows by a factor up to a longest one, where that is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Growth(NamedTuple):
    """The first delay, the factor from one to the next, and the longest; None for what there is no need of."""

    delay: float
    backoff: float | None
    longest: float | None


def growth(delays: Sequence[float | None], tries: int | None) -> Growth | None:
    """How the delays grow; None where no factor and no bound give the same, or fewer are told than there are.

    Libraries differ in which delay they take again where the list is shorter than the tries: only one that is always
    the same is the same then. Of a single try none is taken, and the first stands for all.
    """
    known = [one for one in delays if one is not None]
    if not known or len(known) < len(delays):
        return None
    if len(set(known)) > 1 and (tries is None or len(known) < tries - 1):
        return None
    taken = known if tries is None else known[: max(tries - 1, 1)]
    if len(set(taken)) == 1:
        return Growth(taken[0], None, None)
    first, longest = taken[0], taken[-1]
    if not first:
        return None
    factor = taken[1] / first
    grown = [min(first * factor**number, longest) for number in range(len(taken))]
    is_same = factor > 1 and all(abs(one - other) < 1e-6 for one, other in zip(grown, taken, strict=True))
    return Growth(first, factor, longest) if is_same else None
