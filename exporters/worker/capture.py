"""Takes queue hops out of running code: inside a piece, what would be sent is recorded instead."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from exporters.worker.errors import CaptureError
from exporters.worker.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Work as the code sent it."""

    id: str
    name: str = ""
    """The queue's name of the task; empty for a message that is known by its queue alone."""
    queues: tuple[str, ...] = ()
    """Names under which a consumer may listen for it: queue, routing key, exchange, topic."""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])
    due: float | None = None
    after: tuple[str, ...] = ()
    delay: float = 0.0
    """With `after`: seconds to wait then."""
    takes: Literal["", "first", "last"] = ""
    """Which of its arguments is the result of what it comes after."""
    gathers: bool = False
    """It takes a list of all results."""
    beside: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the receiver is told beside the arguments: headers and the like."""


@dataclass(slots=True)
class Capture:
    """What one piece has sent."""

    piece: str
    task_id: str = ""
    plan: Plan | None = None
    sends: tuple[str, ...] = ()
    """The runs that the piece is known to send to."""
    sent: list[Sent] = field(default_factory=list[Sent])
    retried: bool = False
    """The code sent its own task again: that is a retry, and the engine's to make."""


_current: ContextVar[Capture | None] = ContextVar("capture", default=None)
_active: list[Capture] = []
_lock = threading.Lock()


@contextmanager
def capturing(
    piece: str, task_id: str = "", plan: Plan | None = None, sends: tuple[str, ...] = ()
) -> Generator[Capture]:
    """Record what the block sends; inside another one, for the same plan."""
    outer = _current.get()
    if outer is not None and plan is None:
        plan, sends = outer.plan, outer.sends
    capture = Capture(piece, task_id, plan, sends)
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
    """The capture that a send belongs to; a thread that a piece started belongs to it when only one runs."""
    capture = active()
    if capture is None:
        raise CaptureError("work was sent from outside of any step (at import time, or between two steps)")
    return capture


def active() -> Capture | None:
    """The same, or None where no piece is at work."""
    capture = _current.get()
    if capture is not None:
        return capture
    with _lock:
        if len(_active) > 1:
            raise CaptureError("work was sent from a thread of unknown origin: several steps are at work")
        return _active[0] if _active else None
