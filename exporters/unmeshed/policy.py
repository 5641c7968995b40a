"""Retries as Unmeshed's error policies: a number of tries and an interval, constant or doubling."""

from __future__ import annotations

from typing import Any

from exporters.canonical.records import Retry, Run, Step
from exporters.canonical.walk import elements


def says_all(retry: Retry) -> bool:
    """Whether a policy keeps all that the retry means: it knows no classes of errors, no limit, no chance."""
    return (
        retry.attempts is not None
        and not retry.errors
        and not retry.jitter
        and retry.backoff in {None, 1.0, 2.0}
        and (retry.max_delay is None or _longest(retry) <= retry.max_delay)
    )


def policy(retry: Retry) -> dict[str, Any]:
    """The policy that comes nearest."""
    return {
        "errorConfiguration": {
            "action": "RETRY",
            "retryInterval": round((1.0 if retry.delay is None else retry.delay) * 1000),
            "retryBackoffExponential": (retry.backoff or 1.0) > 1.0,
            "retryCount": (retry.attempts or 4) - 1,
        }
    }


def repeats_nothing(run: Run) -> bool:
    """Whether trying a failed step alone does what trying the whole run does: no effect stands before another step.

    Code whose effects are not known counts as one that has some.
    """
    steps = [element for element in elements(run.steps) if isinstance(element, Step)]
    return all(_only_reads(step) for step in steps[:-1])


def _only_reads(step: Step) -> bool:
    return bool(step.effects) and all(effect.kind in {"db_read", "cache_read"} for effect in step.effects)


def _longest(retry: Retry) -> float:
    delay = 1.0 if retry.delay is None else retry.delay
    return delay * (retry.backoff or 1.0) ** max(0, (retry.attempts or 1) - 2)
