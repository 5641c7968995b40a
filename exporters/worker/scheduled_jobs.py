"""APScheduler without its clock: a job that code adds for one moment is held back; it starts when that has come."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from exporters.worker.capture import Sent, active


def install() -> None:
    """Record jobs for one moment, in this process. What recurs is a schedule, which triggers of the definition are."""
    from apscheduler.schedulers.base import BaseScheduler

    if not getattr(BaseScheduler.add_job, "holds_back", False):
        add: Any = _holding_back(BaseScheduler.add_job)
        add.holds_back = True
        BaseScheduler.add_job = add  # type: ignore[method-assign]


def _holding_back(original: Callable[..., Any]) -> Callable[..., Any]:
    def add_job(scheduler: Any, func: Any, trigger: Any = None, *args: Any, **options: Any) -> Any:
        """Stands in for `BaseScheduler.add_job`."""
        job = original(scheduler, func, trigger, *args, **options)
        capture = active()
        if capture is None or type(job.trigger).__name__ != "DateTrigger":
            return job
        job.remove()
        when = job.trigger.run_date
        capture.sent.append(
            Sent(
                id=uuid.uuid4().hex,
                name=job.func_ref.replace(":", ".")
                if job.func_ref
                else f"{job.func.__module__}.{job.func.__qualname__}",
                args=tuple(job.args),
                kwargs=dict(job.kwargs),
                due=when.timestamp() if when > datetime.now(UTC) else None,
            )
        )
        return job

    return add_job
