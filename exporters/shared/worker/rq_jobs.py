"""RQ without Redis: what a step enqueues is captured, and a job is a plain call."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from exporters.shared.worker.capture import current
from exporters.shared.worker.messages import Message, pack_python


def install() -> None:
    """From now on, in this process, RQ's queues record instead of sending. Harmless to repeat."""
    try:
        from rq import Queue  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    Queue.enqueue_job = _enqueue_job  # type: ignore[method-assign]
    Queue.schedule_job = _schedule_job  # type: ignore[method-assign]


def name_of(function: Callable[..., Any]) -> str:
    """The dotted path by which RQ knows a function."""
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def find(name: str) -> Callable[..., Any]:
    """The function at a dotted path."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _enqueue_job(_queue: Any, job: Any, *_args: Any, **_kwargs: Any) -> Any:  # noqa: ANN401 - RQ's own signature
    return _record(job, None)


def _schedule_job(_queue: Any, job: Any, when: datetime, *_args: Any, **_kwargs: Any) -> Any:  # noqa: ANN401
    return _record(job, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _record(job: Any, due: float | None) -> Any:  # noqa: ANN401
    capture = current()
    body = pack_python(tuple(job.args or ()), dict(job.kwargs or {}))
    capture.hops.append(
        Message(
            transport="call",
            name=job.func_name,
            body=body,
            due=None if due is not None and due <= time.time() else due,
            id=job.id,
            sender=capture.step,
        )
    )
    return job
