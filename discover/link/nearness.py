"""Which units a job runs itself: those that it calls, a few calls deep, where each call has one target."""

from __future__ import annotations

from discover.link.plans import Plans

_DEPTH = 3


def near(job: str, plans: Plans) -> list[str]:
    """The job, and the units that it certainly calls."""
    found = {job: 0}
    queue = [job]
    for key in queue:
        plan = plans.by_unit.get(key)
        if plan is None or found[key] >= _DEPTH:
            continue
        for targets in plan.calls.values():
            if len(targets) == 1 and targets[0].unit not in found:
                found[targets[0].unit] = found[key] + 1
                queue.append(targets[0].unit)
    return queue
