"""What a workflow is made of, and how one try of a step runs."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from exporters.shared.worker import celery_tasks, requests, rq_jobs
from exporters.shared.worker.applications import Sender
from exporters.shared.worker.capture import CaptureError, RetryAsked, capturing
from exporters.shared.worker.messages import Message, Report, pack_python, plain, unpack_python

_UNBOUNDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried and after which delays, in seconds."""

    attempts: int | None = None
    """Tries in all; None is no limit."""
    delay: float = 1.0
    backoff: float = 1.0
    errors: tuple[str, ...] = ()
    """Exceptions that lead to another try, for functions that are no queue's tasks; none named: all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of work: a function of the backend, under the engine's memory and retries."""

    id: str
    target: Callable[..., Any] | None = None
    """None for a request, which the web application takes to its handler."""
    kind: str = "task"
    retry: Retry | None = None
    method: str = ""
    path: str = ""
    next: tuple[str, ...] = ()
    """The steps that its hops are known to lead to."""


@dataclass(slots=True)
class Flow:
    """A workflow that can run."""

    name: str
    start: str
    steps: tuple[Step, ...]
    application: Sender | None = None
    """Takes requests to their handlers."""
    schedules: tuple[str, ...] = ()
    """Cron texts, five fields or six with seconds first."""
    by_id: dict[str, Step] = field(init=False, default_factory=dict[str, Step])
    by_name: dict[str, Step] = field(init=False, default_factory=dict[str, Step])

    def __post_init__(self) -> None:
        """Find the steps' tasks, and take sending over from the queues."""
        celery_tasks.install()
        rq_jobs.install()
        for step in self.steps:
            self.by_id[step.id] = step
            if step.target is None:
                continue
            if celery_tasks.is_task(step.target):
                celery_tasks.load_tasks(step.target)
                self.by_name[step.target.name] = step  # type: ignore[attr-defined]
            else:
                self.by_name[rq_jobs.name_of(step.target)] = step

    def message(self, payload: object) -> Message:
        """What starts the workflow, from the user's input."""
        step = self.by_id[self.start]
        if step.kind in {"http", "webhook"} and self.application is not None:
            return requests.message(step.id, payload, step.method, step.path)
        args, kwargs = _arguments(payload)
        if celery_tasks.is_task(step.target):
            return celery_tasks.message(step.id, args, kwargs)
        body = pack_python(tuple(args), kwargs)
        return Message(transport="call", name=step.id, body=body, due=None, id=str(uuid.uuid4()), sender="")

    def step_of(self, sent: Message) -> Step:
        """The step that does this work; one that the definition does not name is made up here."""
        step = self.by_id.get(sent["name"]) if not sent["sender"] else self.by_name.get(sent["name"])
        if step is not None:
            return step
        if sent["transport"] == "celery":
            return Step(id=sent["name"], target=celery_tasks.find(sent["name"]))
        return Step(id=sent["name"], target=rq_jobs.find(sent["name"]))

    def is_declared(self, sent: Message) -> bool:
        """Whether the definition says that this hop may happen."""
        sender = self.by_id.get(sent["sender"])
        step = self.by_name.get(sent["name"])
        return not sent["sender"] or (sender is not None and step is not None and step.id in sender.next)


def _arguments(payload: object) -> tuple[list[Any], dict[str, Any]]:
    """`{"args": […], "kwargs": {…}}`, a list of arguments, an object of named ones, or one argument."""
    if payload is None:
        return [], {}
    if isinstance(payload, list):
        return list(payload), {}
    if not isinstance(payload, dict):
        return [payload], {}
    if payload and payload.keys() <= {"args", "kwargs"}:
        return list(payload.get("args") or []), dict(payload.get("kwargs") or {})
    return [], dict(payload)


def policy(step: Step) -> Retry:
    """The step's policy: the definition's, else what the task's own options say, else one try."""
    if step.retry is not None:
        return step.retry
    if celery_tasks.is_task(step.target):
        return Retry(*celery_tasks.policy(step.target))
    return Retry(attempts=1)


def tries(step: Step) -> int:
    """Tries in all, as a number."""
    attempts = policy(step).attempts
    return _UNBOUNDED if attempts is None else max(1, attempts)


def perform(flow: Flow, step: Step, sent: Message, attempt: int) -> Report:
    """One try (the first is 0). Raises `RetryAsked` when another one should follow."""
    if sent["transport"] == "celery":
        return celery_tasks.perform(step.target, step.id, sent, attempt, policy(step).attempts)
    if sent["transport"] == "request":
        if flow.application is None:
            raise CaptureError(f"the step {step.id} is a request, and there is no web application to send it to")
        return requests.perform(flow.application, step.id, sent)
    return _call(step, sent, attempt)


def _call(step: Step, sent: Message, attempt: int) -> Report:
    if step.target is None:
        raise CaptureError(f"the step {step.id} can't be called: nothing was imported for it")
    args, kwargs = unpack_python(sent["body"])
    report = Report(hops=[], result=None, error="", attempts=attempt + 1)
    with capturing(step.id, sent["id"]) as capture:
        report["hops"] = capture.hops
        try:
            report["result"] = plain(_finished(step.target(*args, **kwargs)))
        except Exception as error:
            report["error"] = f"FAILURE: {error!r}"
            if attempt + 1 < tries(step) and _is_retried(step, error):
                raise RetryAsked(repr(error), report) from error
    return report


def _finished(result: Any) -> Any:  # noqa: ANN401 - whatever the backend's function returns
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Awaitable[Any]) -> Any:  # noqa: ANN401
    return await result


def _is_retried(step: Step, error: Exception) -> bool:
    wanted = {name.rpartition(".")[2] for name in policy(step).errors}
    return not wanted or any(cls.__name__ in wanted for cls in type(error).__mro__)
