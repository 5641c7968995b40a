"""RQ without Redis: what a step enqueues is captured."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from exporters.worker.capture import Sent, current
from exporters.worker.errors import CaptureError


def install() -> None:
    """From now on, in this process, RQ's queues record instead of sending. Harmless to repeat."""
    from rq.queue import Queue

    Queue.enqueue_job = _enqueue_job  # type: ignore[method-assign]
    Queue._enqueue_job = _enqueue_job  # type: ignore[method-assign]
    Queue.schedule_job = _schedule_job  # type: ignore[method-assign]


def _enqueue_job(_queue: Any, job: Any, *_args: Any, **_kwargs: Any) -> Any:
    return _record(job, None)


def _schedule_job(_queue: Any, job: Any, when: datetime, *_args: Any, **_kwargs: Any) -> Any:
    return _record(job, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _record(job: Any, due: float | None) -> Any:
    if job.success_callback is not None or job.failure_callback is not None:
        raise CaptureError(f"{job.func_name} was enqueued with a callback, which takes RQ's own job: it can't be kept")
    later = due is not None and due > time.time()
    after = tuple(getattr(job, "_dependency_ids", None) or ())
    current().sent.append(
        Sent(
            id=job.id,
            name=job.func_name,
            args=tuple(job.args or ()),
            kwargs=dict(job.kwargs or {}),
            due=due if later and not after else None,
            after=after,
        )
    )
    return job
