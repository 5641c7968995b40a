"""How long a retry policy waits at most."""

from __future__ import annotations

from exporters.definition.records import Retry

_UNBOUNDED = 20
"""Tries that are reckoned with where the code sets no limit."""


def longest_delay(retry: Retry) -> float:
    """The last delay if nothing held it back; without end where no float can say it."""
    growths = max(0, (retry.attempts or _UNBOUNDED) - 2)
    try:
        return (retry.delay or 1.0) * (retry.backoff or 1.0) ** growths
    except OverflowError:
        return float("inf")
