"""How much orchestration a workflow hides: the number that ranks it.

    score = 6 · further runs + 3 · hops + 5 · outside services + 2 · decisions + 4 · retries
          + 3 · waits + 3 · parallel parts + 3 if a schedule starts a run + steps that are not reads

What stands in a unit counts by how rare that unit is among the workflows: `1 - log(n) / log(N)` where `n` of the `N`
workflows that nothing else starts lead through it. A mail's way through its queue, which half a backend can set off,
says little about each workflow that sends one; what only one workflow does says all of it. Where everything leads
through everything, the least weight keeps an order.

Each count is damped (`n` counts as `12 · n / (n + 12)`), so that sheer size does not win over variety. A workflow
whose first run is only ever reached from another workflow (a task that something enqueues, a receiver) counts half:
its reader finds it as a part of the other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from typing import NamedTuple

from discover.model import Counts

_KNEE = 12.0
_LEAST = 0.05


class Part(NamedTuple):
    """What a workflow has in one unit."""

    unit: str
    counts: Counts
    """Its `runs` is 1 where the unit starts a further run."""


def weights(workflows: Iterable[Iterable[str]]) -> dict[str, float]:
    """How much each unit counts, from the units of each workflow that nothing else starts."""
    number = 0
    found: Counter[str] = Counter()
    for units in workflows:
        number += 1
        found.update(set(units))
    scale = log(number) if number > 1 else 1.0
    return {unit: max(1.0 - log(times) / scale, _LEAST) for unit, times in found.items()}


def score_of(
    parts: Iterable[Part], weight: Mapping[str, float], services: int, *, scheduled: bool, received: bool
) -> float:
    """The ranking score, rounded to one decimal; a unit without a weight counts in full."""
    runs = hops = steps = decisions = retries = waits = parallels = 0.0
    for unit, counts in parts:
        by = weight.get(unit, 1.0)
        runs += by * counts.runs
        hops += by * counts.hops
        steps += by * counts.steps
        decisions += by * counts.decisions
        retries += by * counts.retries
        waits += by * counts.waits
        parallels += by * counts.parallels
    total = (
        6 * _damped(runs)
        + 3 * _damped(hops)
        + 5 * _damped(services)
        + 2 * _damped(decisions)
        + 4 * _damped(retries)
        + 3 * _damped(waits)
        + 3 * _damped(parallels)
        + 3 * scheduled
        + _damped(steps)
    )
    return round(total / 2 if received else total, 1)


def _damped(count: float) -> float:
    return _KNEE * count / (count + _KNEE)
