"""What Celery's tasks send: each task of a chain, a group or a chord is a message of its own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from celery import canvas
from celery.app.base import Celery
from celery.result import AsyncResult

from exporters.worker.capture import Sent, current
from exporters.worker.celery_tasks import NAMED
from exporters.worker.errors import CaptureError

# `celery.chord` is a public name of this class, but what `apply_async` calls to send the header is not public;
# `Celery.send_task` would see the header's tasks only, without the callback that joins them.
_CHORD: Any = canvas._chord  # pyright: ignore[reportPrivateUsage]
_signature: Any = canvas.maybe_signature


def install() -> None:
    """Record what `send_task` and chords would send."""
    Celery.send_task = _send_task  # type: ignore[method-assign]
    results: Any = AsyncResult
    results.get = _refuse_result
    results.then = _ignore_then
    _CHORD.run = _run_chord


def _send_task(app: Any, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
    """Stands in for `Celery.send_task`."""
    capture = current()
    task_id = options.get("task_id") or str(uuid.uuid4())
    if options.get("retries") and task_id == capture.task_id:
        capture.retried = True
        return AsyncResult(task_id, app=app)
    if options.get("chord") is not None:
        raise CaptureError(f"{name} was sent as one part of a chord that can't be seen whole")
    _record(app, name, args, kwargs, options | {"task_id": task_id}, after=())
    return AsyncResult(task_id, app=app)


def _record(
    app: Any,
    name: str,
    args: Any,
    kwargs: Any,
    options: dict[str, Any],
    *,
    after: tuple[str, ...],
    takes_result: bool = False,
    gathers: bool = False,
) -> str:
    """Record one task and all that follows it; gives the id of the task whose end is the end of all."""
    task_id = options.get("task_id") or str(uuid.uuid4())
    if options.get("link_error"):
        raise CaptureError(f"{name} was sent with `link_error`: what follows a failure stands in `on_failure`")
    given = _as_sent(app, name, (list(args or ()), dict(kwargs or {})), options.get("serializer"))
    due = _due(options.get("countdown"), options.get("eta"))
    sent = Sent(
        id=task_id,
        name=name,
        args=tuple(given[0]),
        kwargs=given[1],
        due=None if after else due,
        after=after,
        delay=max(0.0, due - time.time()) if after and due else 0.0,
        takes="first" if takes_result else "",
        gathers=gathers,
        beside={NAMED: sorted(given[1])} if given[1] and _sees_arguments(app.tasks.get(name)) else {},
    )
    current().sent.append(sent)
    for linked in _as_list(options.get("link")):
        _follow(app, linked, (task_id,))
    chain = list(options.get("chain") or ())
    return _follow(app, chain[-1], (task_id,), chain[:-1]) if chain else task_id


def _sees_arguments(task: Any) -> bool:
    """Whether the task's class does something with the arguments as they were sent."""
    from celery.app.trace import task_has_custom

    return task is not None and any(task_has_custom(task, name) for name in ("__call__", "on_success", "on_failure"))


def _follow(
    app: Any, signature: Any, after: tuple[str, ...], chain: Sequence[Any] = (), *, gathers: bool = False
) -> str:
    """Record a signature that comes after others, and the rest of its chain (the last one is the next)."""
    found = _signature(signature, app=app)
    if found.task == "celery.chain":
        steps = list(reversed(found.tasks))
        return _follow(app, steps[-1], after, [*chain, *steps[:-1]], gathers=gathers)
    if found.task == "celery.group":
        ends = tuple(_follow(app, task, after, gathers=gathers) for task in found.tasks)
        return _follow(app, chain[-1], ends, chain[:-1], gathers=True) if chain else ends[-1]
    if found.task == "celery.chord":
        header = found.kwargs.get("header") or found.tasks
        ends = tuple(_follow(app, task, after, gathers=gathers) for task in getattr(header, "tasks", header))
        end = _follow(app, found.body, ends, gathers=True)
        return _follow(app, chain[-1], (end,), chain[:-1]) if chain else end
    options = dict(found.options) | ({"chain": [*chain, *(found.options.get("chain") or ())]} if chain else {})
    takes = bool(after) and not found.immutable
    return _record(app, found.task, found.args, found.kwargs, options, after=after, takes_result=takes, gathers=gathers)


def _run_chord(
    chord: Any, header: Any, body: Any, partial_args: Any, app: Any = None, task_id: Any = None, **options: Any
) -> Any:
    """Stands in for `chord.run`: the tasks of the header, and the body that takes their results."""
    app = app or chord.app
    delay = {key: options[key] for key in ("countdown", "eta") if options.get(key) is not None}
    ends: list[str] = []
    for task in header.tasks:
        copy = _signature(task, app=app).clone(args=tuple(partial_args or ()))
        copy.options.pop("chord", None)
        copy.options.update(delay)
        ends.append(_follow(app, copy, ()))
    body = _signature(body, app=app).clone()
    body.options["task_id"] = task_id or body.options.get("task_id") or str(uuid.uuid4())
    if ends:
        _follow(app, body, tuple(ends), gathers=True)
    else:
        body.delay([])
    return AsyncResult(body.options["task_id"], app=app)


def _due(countdown: Any, eta: Any) -> float | None:
    if countdown is not None:
        return time.time() + float(countdown)
    if isinstance(eta, str):
        eta = datetime.fromisoformat(eta)
    if isinstance(eta, datetime):
        return (eta if eta.tzinfo else eta.replace(tzinfo=UTC)).timestamp()
    return None


def _as_sent(app: Any, name: str, content: tuple[list[Any], dict[str, Any]], serializer: str | None) -> Any:
    """As the worker would read it: what Celery's serializer refuses or changes is refused or changed here as well."""
    from kombu.serialization import dumps, loads

    task = app.tasks.get(name)
    chosen = serializer or (task.serializer if task is not None else app.conf.task_serializer)
    content_type, encoding, data = dumps(content, chosen)
    return loads(data, content_type, encoding, accept={content_type})


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _refuse_result(_result: Any, *_args: object, **_kwargs: object) -> None:
    raise CaptureError("the step waits for the result of a task that it sent: they can't be two steps")


def _ignore_then(result: Any, *_args: object, **_kwargs: object) -> Any:
    """Groups ask to be told of results, which would connect to the result store."""
    return result
