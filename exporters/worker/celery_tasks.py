"""Celery without a broker: pieces run under their task, whole tasks under Celery's own tracer."""

from __future__ import annotations

import functools
import inspect
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from exporters.worker.capture import capturing
from exporters.worker.errors import Ended, RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run

_work: ContextVar[Callable[[], Any] | None] = ContextVar("work", default=None)


def is_task(target: object) -> bool:
    """Whether this is a Celery task."""
    module = sys.modules.get("celery.app.task")
    return module is not None and isinstance(target, module.Task)


def install() -> None:
    """From now on, in this process, Celery records instead of sending. Harmless to repeat."""
    from exporters.worker import celery_sends

    celery_sends.install()


class CeleryHost(PlainHost):
    """One task: its `self` and its request are there for each piece, as in a worker."""

    def __init__(self, task: Any, run: Run) -> None:
        super().__init__(task.run, dict.fromkeys(run.context, task))
        self._task = task
        self._run = run
        task.app.loader.import_default_modules()
        task.app.finalize()
        if run.attempts is not None:
            task.max_retries = run.attempts - 1
        # A task may stand behind a proxy: its class is what it says, not its type.
        self._has_own_call = task.__class__.__call__ is not _base_call()
        if self._has_own_call:
            _open_run(task)

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece under the task; a task class that wraps its calls wraps the piece too."""
        with self._under(job.context, job.arguments), _retry_as_asked():
            if not self._has_own_call:
                return job.encode(job.done(self.name))
            token = _work.set(lambda: job.encode(job.done(self.name)))
            try:
                args, kwargs = _call_of(self._task, job.arguments)
                return self._task(*args, **kwargs)
            finally:
                _work.reset(token)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """One try of the task, hooks and signals included."""
        from celery.app.trace import build_tracer

        args, kwargs = _call_of(self._task, values)
        trace = build_tracer(self._task.name, self._task, eager=True, propagate=False, app=self._task.app)
        # A capture of its own tells whether the tracer has sent the task again, which is how Celery retries.
        with capturing(self._run.id, context["id"]) as capture:
            traced = trace(context["id"], args, kwargs, self._request(context, args, kwargs))
        _pass_on(capture.sent)
        if traced.info is None:
            return traced.retval
        error = traced.info.retval
        if capture.retried or traced.info.state == "RETRY":
            raise RetryAsked(_delay(getattr(error, "when", None)), getattr(error, "exc", None) or error)
        if traced.info.state == "IGNORED":
            raise Ended
        raise error

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """The task's own `on_failure`, and all that listens to `task_failure`."""
        from billiard.einfo import ExceptionInfo
        from celery.signals import task_failure

        args, kwargs = _call_of(self._task, arguments)
        with self._under(context, arguments):
            try:
                raise error
            except type(error) as raised:
                info = ExceptionInfo()
                self._task.on_failure(raised, context["id"], args, kwargs, info)
                task_failure.send(
                    sender=self._task,
                    task_id=context["id"],
                    exception=raised,
                    args=args,
                    kwargs=kwargs,
                    traceback=info.tb,
                    einfo=info,
                )

    @contextmanager
    def _under(self, context: Context, arguments: dict[str, Any]) -> Generator[None]:
        from celery import _state

        args, kwargs = _call_of(self._task, arguments)
        _state._task_stack.push(self._task)  # pyright: ignore[reportPrivateUsage] - `current_task` reads it
        self._task.push_request(**self._request(context, args, kwargs), called_directly=False)
        try:
            yield
        finally:
            self._task.pop_request()
            _state._task_stack.pop()  # pyright: ignore[reportPrivateUsage]

    def _request(self, context: Context, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": context["id"],
            "task": self._task.name,
            "args": args,
            "kwargs": kwargs,
            "root_id": context["id"],
            "parent_id": None,
            "correlation_id": context["id"],
            "retries": context["attempt"],
            "is_eager": False,
            "hostname": "undercurrent",
            "callbacks": [],
            "errbacks": [],
            "chain": None,
            "delivery_info": {"exchange": "", "routing_key": "", "redelivered": False, "priority": None},
        }


def _base_call() -> Any:
    from celery import Task

    return Task.__call__


def _open_run(task: Any) -> None:
    """Let `task(…)` do a piece instead of the whole, where one is at work."""
    original = task.run

    @functools.wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        work = _work.get()
        return original(*args, **kwargs) if work is None else work()

    task.run = run


def _call_of(task: Any, values: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as the task's signature takes them: by position as far as it goes, as most are sent."""
    bound = inspect.signature(task.run).bind_partial()
    bound.arguments.update(values)
    return bound.args, bound.kwargs


def _pass_on(sent: list[Any]) -> None:
    from exporters.worker.capture import current

    current().sent.extend(sent)


@contextmanager
def _retry_as_asked() -> Generator[None]:
    """`self.retry()` raises Celery's own exceptions: they become the engine's words."""
    from celery.exceptions import Ignore, Reject, Retry

    try:
        yield
    except Reject as error:
        if isinstance(error.reason, Exception):
            raise error.reason from error
        raise Ended from error
    except Retry as error:
        raise RetryAsked(_delay(error.when), error.exc) from error
    except Ignore as error:
        raise Ended from error


def _delay(when: Any) -> float | None:
    """The seconds that a retry is put off by."""
    if isinstance(when, datetime):
        return max(0.0, when.timestamp() - time.time())
    return None if when is None else float(when)
