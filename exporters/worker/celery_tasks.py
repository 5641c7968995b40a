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

from exporters.worker.brokers import beside
from exporters.worker.capture import capturing
from exporters.worker.errors import Ended, RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run

NAMED = "named"
"""Beside a message: the arguments that were sent by their names, where the task's class sees them."""
_BY_POSITION = frozenset({inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD})
_work: ContextVar[Callable[[tuple[Any, ...], dict[str, Any]], Any] | None] = ContextVar("work", default=None)
"""What `run` does instead of the whole, with the arguments that the task's class gives it."""


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
            token = _work.set(lambda args, kwargs: job.encode(job.done(self._giving(args, kwargs))))
            try:
                args, kwargs = _call_of(self._task, job.arguments, job.context)
                return self._task(*args, **kwargs)
            finally:
                _work.reset(token)

    def _giving(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[str], Any]:
        """The names of the context: parameters that the task's class looks up are as it has given them."""
        looked_up = set(self._run.context).intersection(self._run.parameters)
        if not looked_up:
            return self.name
        bound = inspect.signature(self._task.run).bind(*args, **kwargs)
        bound.apply_defaults()
        return lambda name: bound.arguments[name] if name in looked_up else self.name(name)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """One try of the task, hooks and signals included."""
        from celery.app.trace import build_tracer

        args, kwargs = _call_of(self._task, values, context)
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

        args, kwargs = _call_of(self._task, arguments, context)
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

    def succeeded(self, context: Context, arguments: dict[str, Any], result: Any) -> None:
        """The task's own `on_success`; what goes wrong in it is no failure of the task, as in a worker."""
        from celery.app.trace import logger

        args, kwargs = _call_of(self._task, arguments, context)
        with self._under(context, arguments):
            try:
                self._task.on_success(result, context["id"], args, kwargs)
            except Exception:
                logger.exception("Task %s[%s] on_success handler raised", self._task.name, context["id"])

    @contextmanager
    def _under(self, context: Context, arguments: dict[str, Any]) -> Generator[None]:
        from celery import _state

        args, kwargs = _call_of(self._task, arguments, context)
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
        return original(*args, **kwargs) if work is None else work(args, kwargs)

    task.run = run


def _call_of(task: Any, values: dict[str, Any], context: Context) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as they were sent, where that is told; else by position as far as it goes, as most are."""
    signature = inspect.signature(task.run)
    named = beside(context).get(NAMED)
    bound = signature.bind_partial()
    bound.arguments.update(values)
    if not named:
        return bound.args, bound.kwargs
    by_position = [name for name, one in signature.parameters.items() if one.kind in _BY_POSITION]
    first = next((place for place, name in enumerate(by_position) if name in named), len(bound.args))
    return bound.args[:first], {name: value for name, value in (values | bound.kwargs).items() if name in named}


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
