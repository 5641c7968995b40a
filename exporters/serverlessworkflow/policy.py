"""Retries as the language says them, and what of a policy it can't say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exporters.canonical.records import Retry
from exporters.serverlessworkflow.tasks import FAILED, duration

_DOUBLED = 2.0


def retry_of(retry: Retry, error: str, when: str, *, any_type: bool = False) -> dict[str, Any]:
    """The `catch` that tries again."""
    delay = 1.0 if retry.delay is None else retry.delay
    backoff = (retry.backoff or 1.0) > 1.0
    policy: dict[str, Any] = {"delay": duration(0 if retry.jitter and not backoff else delay)}
    policy["backoff"] = {"exponential": {}} if backoff else {"constant": {}}
    if retry.attempts is not None:
        policy["limit"] = {"attempt": {"count": max(0, retry.attempts - 1)}}
    if retry.jitter:
        policy["jitter"] = {"from": duration(0), "to": duration(delay)}
    filtered = {} if any_type else {"errors": {"with": {"type": FAILED}}}
    return {**filtered, "as": error, "when": when, "retry": policy}


def unsaid(retry: Retry) -> Iterator[tuple[str, str]]:
    """Codes and words for what the language can't say of a policy."""
    delay = 1.0 if retry.delay is None else retry.delay
    backoff = retry.backoff or 1.0
    waits = 0 if retry.attempts is None else retry.attempts - 1
    if backoff > 1.0 and backoff != _DOUBLED and waits > 1:
        yield "retry-backoff", f"delays grow as the runtime does it, not by a factor of {backoff:g}"
    longest = None if retry.attempts is None else delay * backoff ** max(0, waits - 1)
    if retry.max_delay is not None and backoff > 1.0 and (longest is None or longest > retry.max_delay):
        yield "retry-max-delay", f"nothing keeps the delay below {retry.max_delay:g} s"
    if retry.jitter and backoff > 1.0:
        yield "retry-jitter", "what is drawn at random is added to the delay, not a part of it"
