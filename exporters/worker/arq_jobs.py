"""arq without Redis: what is enqueued is held back, and jobs get the `ctx` that a worker makes."""

from __future__ import annotations

import importlib
import inspect
import sys
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from exporters.worker.capture import Sent, current
from exporters.worker.compiled import finished
from exporters.worker.errors import RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run

_MODULES = ("worker", "workers", "arq_worker", "tasks", "jobs", "settings", "main", "app")
"""Where worker settings usually stand."""


def install() -> None:
    """From now on, in this process, arq's pools record instead of sending. Harmless to repeat."""
    from arq.connections import ArqRedis  # pyright: ignore[reportMissingImports] - not installed where it is not used

    ArqRedis.enqueue_job = _enqueue_job  # type: ignore[method-assign]


async def _enqueue_job(pool: Any, function: str, *args: Any, **kwargs: Any) -> Any:
    """Stands in for `ArqRedis.enqueue_job`."""
    from arq.jobs import Job as ArqJob  # pyright: ignore[reportMissingImports] - not installed where it is not used

    options = {name: kwargs.pop(name, None) for name in ("_job_id", "_queue_name", "_defer_until", "_defer_by")}
    for name in ("_expires", "_job_try"):
        kwargs.pop(name, None)
    sent = Sent(
        id=options["_job_id"] or uuid.uuid4().hex,
        name=function,
        args=args,
        kwargs=kwargs,
        due=_due(options["_defer_until"], options["_defer_by"]),
    )
    if sent.id in {earlier.id for earlier in current().sent}:
        return None
    current().sent.append(sent)
    return ArqJob(sent.id, redis=pool)


def _due(until: datetime | None, by: float | timedelta | None) -> float | None:
    if until is not None:
        return (until if until.tzinfo else until.astimezone(UTC)).timestamp()
    seconds = by.total_seconds() if isinstance(by, timedelta) else float(by or 0)
    return time.time() + seconds if seconds else None


class ArqHost(PlainHost):
    """A coroutine that takes a worker's `ctx` first."""

    def __init__(self, function: Callable[..., Any], run: Run) -> None:
        super().__init__(function)
        self._job = function
        self._run = run
        self._settings = _settings_of(function)
        self._started: dict[str, Any] | None = None
        self._ctx: dict[str, Any] = {}

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece with the `ctx` of its try."""
        self._ctx = self._ctx_of(job.context)
        with _retry_as_asked():
            return job.encode(job.done(self.name))

    def name(self, name: str) -> Any:
        """The `ctx`."""
        return self._ctx if name in self._run.context else super().name(name)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """Call the job as a worker does."""
        first, *_ = inspect.signature(self._job).parameters
        with _retry_as_asked():
            return finished(self._job(**{first: self._ctx_of(context)}, **values))

    def _ctx_of(self, context: Context) -> dict[str, Any]:
        """What the worker's start has put there, and what is this job's own."""
        if self._started is None:
            self._started = {"redis": _pool(self._settings)}
            own: dict[str, Any] = getattr(self._settings, "ctx", None) or {}
            self._started |= own
            start = getattr(self._settings, "on_startup", None)
            if start is not None:
                finished(start(self._started))
        now = datetime.now(UTC)
        own = {"job_id": context["id"], "job_try": context["attempt"] + 1, "enqueue_time": now, "score": 0}
        return {**self._started, **own}


def _pool(settings: Any) -> Any:
    """A pool that connects only when it is asked for more than to enqueue."""
    from arq.connections import ArqRedis, RedisSettings  # pyright: ignore[reportMissingImports] - not installed where it is not used

    known = getattr(settings, "redis_settings", None) or RedisSettings()
    host = known.host if isinstance(known.host, str) else "localhost"
    return ArqRedis(host=host, port=known.port, db=known.database, password=known.password)


def _settings_of(function: Callable[..., Any]) -> Any:
    """The worker settings that list the function: a class, or any object, with `functions`."""
    for module in _modules(function.__module__):
        for value in list(vars(module).values()):
            listed = getattr(value, "functions", None) if inspect.isclass(value) else None
            cron = getattr(value, "cron_jobs", None) if inspect.isclass(value) else None
            for one in [*_listed(listed), *_listed(cron)]:
                if getattr(one, "coroutine", one) is function:
                    return value
    return None


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _modules(name: str) -> Generator[Any]:
    """Modules that are there already, then the usual ones beside the function and above it."""
    yield sys.modules[name]
    yield from [
        module for module in list(sys.modules.values()) if isinstance(getattr(module, "__dict__", None), Mapping)
    ]
    parts = name.split(".")
    for depth in range(len(parts) - 1, -1, -1):
        for usual in _MODULES:
            dotted = ".".join([*parts[:depth], usual])
            try:
                yield importlib.import_module(dotted)
            except ModuleNotFoundError as error:
                if error.name is None or not dotted.startswith(error.name):
                    raise


@contextmanager
def _retry_as_asked() -> Generator[None]:
    from arq.worker import Retry  # pyright: ignore[reportMissingImports] - not installed where it is not used

    try:
        yield
    except Retry as error:
        raise RetryAsked(None if error.defer_score is None else error.defer_score / 1000, error) from error
