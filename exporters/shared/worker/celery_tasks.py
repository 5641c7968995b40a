"""Celery without a broker: tasks run under Celery's own tracer, and what they send is captured."""

from __future__ import annotations

import base64
import time
import uuid
from datetime import UTC, datetime
from typing import Any, cast

from exporters.shared.worker.capture import CaptureError, RetryAsked, capturing, current
from exporters.shared.worker.messages import Message, Report, pack_json, unpack_json

_OPTIONS = ("link", "link_error", "chain", "group_id", "group_index", "root_id", "parent_id", "expires")


def is_task(target: object) -> bool:
    """Whether this is a Celery task; False where Celery is not installed."""
    try:
        from celery import Task
    except ImportError:
        return False
    return isinstance(target, Task)


def install() -> None:
    """From now on, in this process, `Celery.send_task` records instead of sending. Harmless to repeat."""
    try:
        from celery import Celery

        # `celery.chord` is a public name of this class, but what `apply_async` calls to send the header is not public;
        # `Celery.send_task` would see the header's tasks only, without the callback that joins them.
        from celery.canvas import _chord  # pyright: ignore[reportPrivateUsage]
    except ImportError:
        return
    from celery.result import AsyncResult

    Celery.send_task = _send_task  # type: ignore[method-assign]
    results: Any = AsyncResult
    results.get = _refuse_result
    results.then = _ignore_then
    _chord.run = _refuse_chord


def load_tasks(task: Any) -> None:  # noqa: ANN401 - Celery has no types
    """Import what the task's own application would import when its worker starts."""
    app = task.app
    app.loader.import_default_modules()
    app.finalize()


def find(name: str) -> Any:  # noqa: ANN401
    """The task of that name in any application of this process."""
    # A backend may have several applications, and public names give only the current one.
    from celery._state import _get_active_apps  # pyright: ignore[reportPrivateUsage]

    for app in _get_active_apps():
        if name in app.tasks:
            return app.tasks[name]
    raise CaptureError(f"no Celery application here knows the task {name!r}")


def policy(task: Any) -> tuple[int | None, float, float]:  # noqa: ANN401
    """(tries, delay, backoff) as the task's own options say, for a definition that does not."""
    retries = task.max_retries
    attempts = None if retries is None else retries + 1
    backoff = getattr(task, "retry_backoff", False)
    # Celery looks at retry_backoff where it tries again by itself; it takes whole seconds, and a switch for one.
    if backoff and getattr(task, "autoretry_for", ()):
        return attempts, float(int(max(1.0, float(backoff)))), 2.0
    return attempts, float(task.default_retry_delay), 1.0


def message(step: str, args: list[Any], kwargs: dict[str, Any]) -> Message:
    """The message that starts a step which is a task."""
    body = pack_json({"args": args, "kwargs": kwargs, "options": {}, "packed": None})
    return Message(transport="celery", name=step, body=body, due=None, id=str(uuid.uuid4()), sender="")


def perform(task: Any, step: str, sent: Message, retries: int, attempts: int | None) -> Report:  # noqa: ANN401
    """One try of a task, hooks and signals included. Raises `RetryAsked` when there is another try to come."""
    from celery.app.trace import build_tracer

    content = _unpack(sent["body"])
    task.max_retries = None if attempts is None else attempts - 1
    request = _request(task, sent, content["options"], retries)
    trace = build_tracer(task.name, task, eager=True, propagate=False, app=task.app)
    with capturing(step, sent["id"]) as capture:
        info = trace(sent["id"], tuple(content["args"]), dict(content["kwargs"]), request).info
    report = Report(hops=capture.hops, result=None, error="", attempts=retries + 1)
    if capture.retried:
        raise RetryAsked(repr(getattr(info, "retval", None)), report)
    if info is not None:
        report["error"] = f"{info.state}: {info.retval!r}" if info.state != "IGNORED" else ""
    return report


def arguments(sent: Message) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a captured task; links and chains, which only a whole run can follow, are refused."""
    content = _unpack(sent["body"])
    if any(content["options"].get(name) for name in ("link", "link_error", "chain")):
        raise CaptureError(f"{sent['name']} was sent with a link or as part of a chain: no single step can say that")
    return tuple(content["args"]), dict(content["kwargs"])


def _request(task: Any, sent: Message, options: dict[str, Any], retries: int) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": sent["id"],
        "task": task.name,
        "root_id": options.get("root_id") or sent["id"],
        "parent_id": options.get("parent_id"),
        "correlation_id": sent["id"],
        "retries": retries,
        "is_eager": False,
        "hostname": "undercurrent",
        "callbacks": _as_list(options.get("link")),
        "errbacks": _as_list(options.get("link_error")),
        "chain": options.get("chain"),
        "group": options.get("group_id"),
        "group_index": options.get("group_index"),
        "delivery_info": {"exchange": "", "routing_key": "", "redelivered": False, "priority": None},
    }


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _send_task(app: Any, name: str, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # noqa: ANN401
    """Stands in for `Celery.send_task`."""
    capture = current()
    task_id = options.get("task_id") or str(uuid.uuid4())
    if options.get("retries") and task_id == capture.task_id:
        capture.retried = True
        return _pending(task_id, app)
    if options.get("chord") is not None:
        _refuse_chord()
    due = _due(options.get("countdown"), options.get("eta"))
    task = app.tasks.get(name)
    serializer = options.get("serializer") or (task.serializer if task is not None else app.conf.task_serializer)
    content = {
        "args": list(args or ()),
        "kwargs": dict(kwargs or {}),
        "options": {key: options[key] for key in _OPTIONS if isinstance(options.get(key), str | int | list | dict)},
    }
    capture.hops.append(
        Message(
            transport="celery",
            name=name,
            body=pack_json({"packed": _pack(content, serializer)}),
            due=due,
            id=task_id,
            sender=capture.step,
        )
    )
    return _pending(task_id, app)


def _due(countdown: Any, eta: Any) -> float | None:  # noqa: ANN401
    if countdown is not None:
        return time.time() + float(countdown)
    if isinstance(eta, str):
        eta = datetime.fromisoformat(eta)
    if isinstance(eta, datetime):
        return (eta if eta.tzinfo else eta.replace(tzinfo=UTC)).timestamp()
    return None


def _pack(content: dict[str, Any], serializer: str) -> dict[str, str]:
    """As Celery would write it: what its serializer refuses or changes is refused or changed here as well."""
    from kombu.serialization import dumps

    content_type, encoding, data = dumps(content, serializer)
    assert content_type
    assert encoding
    raw = data if isinstance(data, bytes) else data.encode("utf-8")
    return {"content_type": content_type, "encoding": encoding, "data": base64.b64encode(raw).decode("ascii")}


def _unpack(body: str) -> dict[str, Any]:
    from kombu.serialization import loads

    content = unpack_json(body)
    packed = content["packed"]
    if packed is None:
        return content
    data = base64.b64decode(packed["data"])
    return cast(
        "dict[str, Any]", loads(data, packed["content_type"], packed["encoding"], accept={packed["content_type"]})
    )


def _refuse_chord(*_args: object, **_kwargs: object) -> None:
    raise CaptureError("a chord (tasks joined by a callback) can't be captured yet")


def _refuse_result(_result: Any, *_args: object, **_kwargs: object) -> None:  # noqa: ANN401
    raise CaptureError("the step waits for the result of a task that it sent: they can't be two steps")


def _ignore_then(result: Any, *_args: object, **_kwargs: object) -> Any:  # noqa: ANN401
    """Groups ask to be told of results, which would connect to the result store."""
    return result


def _pending(task_id: str, app: Any) -> Any:  # noqa: ANN401
    from celery.result import AsyncResult

    return AsyncResult(task_id, app=app)
