"""RQ without Redis: what a step enqueues is captured, and jobs run as RQ's current one."""

from __future__ import annotations

import gc
import importlib
import inspect
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from exporters.worker.brokers import as_json, beside
from exporters.worker.capture import Sent, current
from exporters.worker.errors import CaptureError
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run

_NO_ID = re.compile(r"[^A-Za-z0-9_-]")
"""What RQ does not take in the id of a job, and an engine may have in the id of a run."""


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
    if job.success_callback is not None:
        raise CaptureError(f"{job.func_name} was enqueued with a callback for its success: it can't be kept")
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
            beside=as_json(
                {"queue": job.origin, "meta": job.meta or {}, "on_failure": _path(job.failure_callback)},
            ),
        )
    )
    return job


def _path(callback: Any) -> str:
    return "" if callback is None else f"{callback.__module__}:{callback.__qualname__}"


class RqHost(PlainHost):
    """A job's function: `get_current_job` gives its job, and a callback that came with it hears of its failure."""

    def __init__(self, function: Callable[..., Any], run: Run) -> None:
        super().__init__(function)
        self._job = function
        self._run = run

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece as the current job's."""
        with self._under(job.context, job.arguments):
            return super().perform(job)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """One try of the job."""
        with self._under(context, values):
            return super().whole(context, values)

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """Call the callback as the worker does, when no try is left."""
        path = beside(context).get("on_failure", "")
        if not path:
            return
        module, _, name = path.partition(":")
        callback: Any = importlib.import_module(module)
        for part in name.split("."):
            callback = getattr(callback, part)
        with self._under(context, arguments) as job:
            job.retries_left = 0
            callback(job, job.connection, type(error), error, error.__traceback__)

    @contextmanager
    def _under(self, context: Context, arguments: dict[str, Any]) -> Generator[Any]:
        from rq import job

        token = job._current_job.set(self._made(context, arguments))  # pyright: ignore[reportPrivateUsage]
        try:
            yield job.get_current_job()
        finally:
            job._current_job.reset(token)  # pyright: ignore[reportPrivateUsage]

    def _made(self, context: Context, arguments: dict[str, Any]) -> Any:
        from rq.job import Job as RqJob

        told = beside(context)
        bound = inspect.signature(self._job).bind_partial()
        bound.arguments.update(arguments)
        queue = told.get("queue", "")
        made: Any = RqJob.create(
            self._job,
            args=bound.args,
            kwargs=bound.kwargs,
            connection=_connection(queue),
            id=_NO_ID.sub("-", context["id"]) or None,
            origin=queue,
            meta=told.get("meta"),
        )
        made.retries_left = max(0, (self._run.attempts or 1) - 1 - context["attempt"])
        return made


def _connection(name: str) -> Any:
    """The connection of the backend's own queue of that name; it connects when it is first asked."""
    from redis import Redis
    from rq.queue import Queue

    queues = [one for one in gc.get_objects() if issubclass(type(one), Queue) and one.name == name]
    return queues[0].connection if queues else Redis()
