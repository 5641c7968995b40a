"""A definition's words in the engine's terms."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.base import Loss
from exporters.canonical.schedules import cron
from exporters.definition import Definition, Retry, Step, TriggerRecord
from exporters.definition.delays import longest_delay
from exporters.shared.worker import steps as engine
from exporters.shared.worker.applications import family

REQUEST_KINDS = frozenset({"http", "webhook"})
_LONGEST_DELAY = 3600.0
"""DBOS never waits longer between two tries of a step."""


def request_of(definition: Definition) -> TriggerRecord | None:
    """The trigger that is a request, when the workflow starts with one."""
    return next((trigger for trigger in definition.triggers if trigger.kind in REQUEST_KINDS), None)


def engine_retry(retry: Retry | None) -> engine.Retry | None:
    """The policy; a delay that is left out is one second, a factor that is left out keeps the delay."""
    if retry is None:
        return None
    return engine.Retry(
        attempts=retry.attempts,
        delay=1.0 if retry.delay is None else retry.delay,
        backoff=1.0 if retry.backoff is None else retry.backoff,
        errors=retry.errors,
    )


def losses(definition: Definition) -> Iterator[Loss]:
    """What the engine can't do as the definition says."""
    for trigger in definition.triggers:
        if trigger.kind in REQUEST_KINDS and not family(trigger.framework):
            why = f"requests to {trigger.framework or 'this framework'} can't be sent yet: the run won't start"
            yield Loss("request-not-sent", definition.id, why)
        if trigger.schedule and cron(trigger.schedule) is None:
            why = f"the schedule `{trigger.schedule}` is no cron text: start the runs from a scheduler of yours"
            yield Loss("schedule", definition.id, why)
    for step in definition.steps:
        if step.retry is not None:
            yield from _retry_losses(definition, step, step.retry)


def _retry_losses(definition: Definition, step: Step, retry: Retry) -> Iterator[Loss]:
    where = f"{definition.id}#{step.id}"
    longest = longest_delay(retry)
    limit = min(_LONGEST_DELAY, retry.max_delay or _LONGEST_DELAY)
    if longest > limit and (retry.max_delay is None or retry.max_delay < min(longest, _LONGEST_DELAY)):
        grown = min(longest, _LONGEST_DELAY)
        why = f"delays between tries grow up to {grown:g} s: the engine's own limit is {_LONGEST_DELAY:g} s"
        yield Loss("retry-max-delay", where, why)
    if retry.jitter:
        why = "the code draws each delay at random up to what is said here: the engine waits all of it"
        yield Loss("retry-jitter", where, why)
    if retry.attempts is None:
        yield Loss("retry-unbounded", where, "the code sets no limit to the tries: the engine stops after a million")
