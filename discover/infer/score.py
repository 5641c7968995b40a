"""How much orchestration a workflow hides: the number that ranks it.

    score = 6 · further runs + 3 · hops + 5 · outside services + 2 · decisions + 4 · retries
          + 3 · waits + 3 · parallel parts + 3 if a schedule starts a run + steps that are not reads

Each count is damped (`n` counts as `12 · n / (n + 12)`), so that sheer size does not win over variety. A workflow
whose first run is only ever reached from another workflow (a task that something enqueues, a receiver) counts half:
its reader finds it as a part of the other one.
"""

from __future__ import annotations

from discover.model import Counts

_KNEE = 12.0


def score_of(counts: Counts, services: int, *, scheduled: bool, received: bool) -> float:
    """The ranking score, rounded to one decimal."""
    total = (
        6 * _damped(counts.runs - 1)
        + 3 * _damped(counts.hops)
        + 5 * _damped(services)
        + 2 * _damped(counts.decisions)
        + 4 * _damped(counts.retries)
        + 3 * _damped(counts.waits)
        + 3 * _damped(counts.parallels)
        + 3 * scheduled
        + _damped(counts.steps)
    )
    return round(total / 2 if received else total, 1)


def _damped(count: int) -> float:
    return _KNEE * count / (count + _KNEE)
