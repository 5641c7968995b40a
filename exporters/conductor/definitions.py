"""Task definitions: how often the server has a step tried again, and when it takes a worker for dead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exporters.canonical.records import Definition, Step
from exporters.canonical.walk import code_of
from exporters.conductor.names import CATCH, RETRY, TIME, own, typed
from exporters.conductor.policy import DEAD_WORKERS, native
from exporters.conductor.tasks import OWNER, Task
from exporters.shared.one_line import on_one_line

_SILENCE = 10
"""Seconds after which a worker that has not been heard of is dead, and its task another's; workers tell in between."""
_QUESTIONS = {
    CATCH: "Which catch takes an error",
    RETRY: "Whether something is tried again, and when",
    TIME: "How many whole seconds to wait; the rest of a second passes in the worker",
}


def task_definitions(definition: Definition, flow: str) -> Iterator[Task]:
    """The task definitions of a definition's runs and steps."""
    for run in definition.runs:
        yield _definition(typed(flow, run.id), f"Begins {run.name or run.id}", {})
        for element in code_of(run):
            retry = element.retry if isinstance(element, Step) else None
            policy = native(retry) if retry is not None else None
            yield _definition(typed(flow, element.id), element.name or element.id, policy or {})


def questions(package: str) -> list[Task]:
    """The task definitions of what the workers are asked beside the steps."""
    return [_definition(own(package, question), about, {}) for question, about in _QUESTIONS.items()]


def _definition(name: str, about: str, policy: dict[str, Any]) -> Task:
    return {
        "name": name,
        "description": on_one_line(about),
        "ownerEmail": OWNER,
        "retryCount": DEAD_WORKERS,
        "retryLogic": "FIXED",
        "retryDelaySeconds": 1,
        "timeoutPolicy": "RETRY",
        "timeoutSeconds": 0,
        "responseTimeoutSeconds": _SILENCE,
        **policy,
    }
