"""Takes queue hops out of running code: inside a step, what would be sent is recorded instead."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from exporters.shared.worker.messages import Message, Report


class CaptureError(RuntimeError):
    """The code sends work in a way that can't become a step."""


class RetryAsked(Exception):  # noqa: N818 - a request, not a fault
    """The step failed and wants another try; what it had sent until then stays sent."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message, report)
        self.report = report


@dataclass(slots=True)
class Capture:
    """What one try of a step has sent."""

    step: str
    task_id: str = ""
    hops: list[Message] = field(default_factory=list[Message])
    retried: bool = False
    """The code sent its own task again: that is a retry, and the engine's to make."""


_current: ContextVar[Capture | None] = ContextVar("capture", default=None)
_active: list[Capture] = []
_lock = threading.Lock()


@contextmanager
def capturing(step: str, task_id: str = "") -> Generator[Capture]:
    """Record what the block sends."""
    capture = Capture(step, task_id)
    token = _current.set(capture)
    with _lock:
        _active.append(capture)
    try:
        yield capture
    finally:
        _current.reset(token)
        with _lock:
            _active.remove(capture)


def current() -> Capture:
    """The capture that a send belongs to; a thread that a step started belongs to it when only one step runs."""
    capture = _current.get()
    if capture is not None:
        return capture
    with _lock:
        if len(_active) == 1:
            return _active[0]
    raise CaptureError("work was sent from outside of any step (at import time, or from a thread of unknown origin)")
