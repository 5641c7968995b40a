"""Runs a worker's blocks: pieces of the backend's functions, one after the other, with what they send captured."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, cast

from exporters.shared.worker import applications, celery_tasks, flask_application, requests, rq_jobs, targets
from exporters.shared.worker.capture import CaptureError, capturing
from exporters.shared.worker.messages import Message, unpack_json, unpack_python

REQUEST = "http_request"
"""The key of the request that started the process, for pieces of its handler."""


class Block(NamedTuple):
    """A function, the key of each parameter's value, and the key of each result."""

    function: Callable[..., Any]
    parameters: Mapping[str, str]
    results: Mapping[str, str]


def run(
    blocks: Sequence[Block],
    inputs: Mapping[str, Any],
    *,
    outputs: Sequence[str] = (),
    unchanged: Sequence[str] = (),
    receivers: Mapping[str, str] | None = None,
    handler: str = "",
) -> dict[str, Any]:
    """Run the blocks over common values; return those that later steps need, and what was sent, by receiving step.

    `unchanged` names the inputs that later steps use as they were: a piece that changes one in place fails.
    `receivers` gives the import path of each step that the blocks may send work to; `handler` is the import path of
    the view whose request the blocks are pieces of.
    """
    install(receivers or {})
    values = dict(inputs)
    request = values.pop(REQUEST, None)
    before = {key: json.dumps(values[key]) for key in unchanged}
    with capturing("worker") as capture, _context(handler, request):
        for block in blocks:
            made = block.function(**{name: values[key] for name, key in block.parameters.items()})
            if block.results:
                values.update({key: made[name] for name, key in block.results.items()})
    for key, text in before.items():
        if json.dumps(inputs[key]) != text:
            raise RuntimeError(f"the value of `{key}` was changed in place, and later steps would not see it")
    result = {key: _travelling(key, values[key]) for key in outputs}
    if receivers:
        sent = _sent(capture.hops, receivers)
        result["messages"] = sent
        result["message"] = {step: found[0] for step, found in sent.items() if found}
    elif capture.hops:
        raise CaptureError(f"work was sent to {capture.hops[0]['name']}, which the definition does not name")
    return result


def install(receivers: Mapping[str, str]) -> None:
    """Take sending over from the queues, and load the tasks that may be sent to."""
    celery_tasks.install()
    rq_jobs.install()
    for path in receivers.values():
        target = targets.load(path)
        if celery_tasks.is_task(target):
            celery_tasks.load_tasks(target)


def call(path: str, arguments: Mapping[str, Any]) -> None:
    """Call a whole function of the backend."""
    result: object = targets.load(path)(**arguments)
    if inspect.isawaitable(result):
        asyncio.run(_awaited(cast("Awaitable[object]", result)))


async def _awaited(result: Awaitable[object]) -> object:
    return await result


def send(framework: str, path: str, request: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
    """Send a whole request to its handler, and return status and body."""
    module, _, qualname = path.partition(":")
    message = requests.message("request", request, "", "/")
    status, text = applications.find(framework, module, qualname)(unpack_json(message["body"]))
    if status >= 500:
        raise RuntimeError(f"status {status}")
    return {"response": {"status": status, "body": text}}


def _context(handler: str, request: Any) -> AbstractContextManager[Any]:  # noqa: ANN401
    if not handler or request is None:
        return nullcontext()
    module, _, qualname = handler.partition(":")
    filled = unpack_json(requests.message("request", request, "", "/")["body"])
    return flask_application.find(module, qualname).test_request_context(**flask_application.keywords(filled))


def _travelling(key: str, value: Any) -> Any:  # noqa: ANN401
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the value of `{key}` can't travel from step to step: {error}") from error


def _sent(hops: Sequence[Message], receivers: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    known: dict[str, tuple[str, Any]] = {}
    for step, path in receivers.items():
        target: Any = targets.load(path)
        known[target.name if celery_tasks.is_task(target) else rq_jobs.name_of(target)] = (step, target)
    found: dict[str, list[dict[str, Any]]] = {step: [] for step in receivers}
    for hop in hops:
        if hop["name"] not in known:
            raise CaptureError(f"work was sent to {hop['name']}, which the definition does not name")
        step, target = known[hop["name"]]
        due = None if hop["due"] is None else int(hop["due"] * 1000)
        found[step].append({"arguments": _arguments(hop, target), "due": due})
    return found


def _arguments(hop: Message, target: Any) -> dict[str, Any]:  # noqa: ANN401
    if hop["transport"] == "celery":
        args, kwargs = celery_tasks.arguments(hop)
        function = target.run
    else:
        args, kwargs = unpack_python(hop["body"])
        function = target
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return {name: _travelling(name, value) for name, value in bound.arguments.items()}
