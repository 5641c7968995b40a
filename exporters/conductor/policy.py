"""Retries as Conductor itself keeps them, where it can."""

from __future__ import annotations

from typing import Any

import msgspec

from exporters.canonical.records import Retry
from exporters.conductor.names import classes

DEAD_WORKERS = 1000
"""How often a task is given to another worker when one has died: code that fails is told as data, and not counted."""


def native(retry: Retry) -> dict[str, Any] | None:
    """The policy as fields of a task definition: whole seconds, known tries, equal or doubled delays."""
    delay = 1.0 if retry.delay is None else retry.delay
    backoff = retry.backoff or 1.0
    if retry.attempts is None or retry.jitter or delay != int(delay) or backoff not in {1.0, 2.0}:
        return None
    longest = delay * backoff ** max(0, retry.attempts - 2)
    if retry.max_delay is not None and longest > retry.max_delay:
        return None
    return {
        "retryCount": max(0, retry.attempts - 1),
        "retryLogic": "FIXED" if backoff == 1.0 else "EXPONENTIAL_BACKOFF",
        "retryDelaySeconds": int(delay),
    }


def told(retry: Retry) -> dict[str, Any]:
    """The policy as the workers read it."""
    return {**msgspec.to_builtins(retry), "errors": classes(retry.errors)}
