"""Huey without its storage: what calls of tasks enqueue is held back."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from exporters.worker.capture import Sent, active, current
from exporters.worker.errors import CaptureError, Ended, RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run


def install() -> None:
    """From now on, in this process, Huey records instead of sending. Harmless to repeat."""
    from huey.api import Huey

    if not getattr(Huey.enqueue, "holds_back", False):
        enqueue: Any = _holding_back(Huey.enqueue)
        enqueue.holds_back = True
        Huey.enqueue = enqueue  # type: ignore[method-assign]


def _holding_back(original: Callable[..., Any]) -> Callable[..., Any]:
    def enqueue(huey: Any, task: Any) -> Any:
        """Stands in for `Huey.enqueue`."""
        if active() is None:
            return original(huey, task)
        ends = _recorded(huey, task, ())
        results = [_result(huey, end) for end in ends]
        return results[0] if len(results) == 1 else results

    return enqueue


def _recorded(huey: Any, task: Any, after: tuple[str, ...], *, gathers: bool = False) -> tuple[str, ...]:
    """Record a task, a group or a chord, and what comes after it; gives the ids of those that end it."""
    from huey.api import chord, group

    if isinstance(task, group):
        return tuple(end for one in task.tasks for end in _recorded(huey, one, after))
    if isinstance(task, chord):
        ends = tuple(end for one in task.tasks for end in _recorded(huey, one, after))
        return _recorded(huey, task.callback, ends, gathers=True)
    if task.on_error is not None:
        raise CaptureError(f"{task.name} was enqueued with an error handler, which takes Huey's own word of it")
    due = _time(task.eta, huey)
    current().sent.append(
        Sent(
            id=task.id,
            name=task.name,
            args=tuple(task.args or ()),
            kwargs=dict(task.kwargs or {}),
            due=None if after else due,
            after=after,
            delay=max(0.0, due - time.time()) if after and due else 0.0,
            takes="last" if after else "",
            gathers=gathers,
        )
    )
    return _recorded(huey, task.on_complete, (task.id,)) if task.on_complete is not None else (task.id,)


def _time(eta: datetime | None, huey: Any) -> float | None:
    """Huey's times have no zone: they are in UTC, or the machine's own when it is told so."""
    if eta is None:
        return None
    if eta.tzinfo is None and huey.utc:
        eta = eta.replace(tzinfo=UTC)
    return eta.timestamp()


def _result(huey: Any, task_id: str) -> Any:
    from huey.api import Result, Task

    return Result(huey, Task(id=task_id))


class HueyHost(PlainHost):
    """A task's function; what it raises to be tried again is the engine's to hear."""

    def __init__(self, task: Any, run: Run) -> None:
        super().__init__(task.func)
        self._task = task
        self._run = run

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece as the task's."""
        with _as_asked():
            return super().perform(job)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """One try of the task."""
        own = {"task": self._task.task_class(id=context["id"])} if self._task.context else {}
        with _as_asked():
            return super().whole(context, {**values, **own})


def is_task(target: object) -> bool:
    """Whether this is a task of Huey."""
    import sys

    module = sys.modules.get("huey.api")
    return module is not None and isinstance(target, module.TaskWrapper)


@contextmanager
def _as_asked() -> Generator[None]:
    from huey.exceptions import CancelExecution, RetryTask

    try:
        yield
    except RetryTask as error:
        delay = error.delay
        if error.eta is not None:
            eta = error.eta if error.eta.tzinfo else error.eta.replace(tzinfo=UTC)
            delay = max(0.0, eta.timestamp() - time.time())
        raise RetryAsked(None if delay is None else float(delay), error) from error
    except CancelExecution as error:
        if error.retry:
            raise RetryAsked(None, error) from error
        raise Ended from error
