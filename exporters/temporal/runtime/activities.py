"""The pieces as activities: one function serves all, under the name that the workflow asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from temporalio import activity
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from exporters.python_code.runtime.outcomes import Outcome, answer, limited, outcome
from exporters.worker.errors import fits
from exporters.worker.messages import Context
from exporters.worker.performing import Workers

_BEAT = 2.0
"""Seconds between two signs of life."""


def pieces(workers: Mapping[str, Workers]) -> Callable[[Sequence[RawValue]], Awaitable[Any]]:
    """The activity; `workers` by the prefix of their workflow."""

    @activity.defn(dynamic=True)
    async def piece(given: Sequence[RawValue]) -> Any:  # noqa: ANN401 - plain JSON
        told = activity.payload_converter().from_payload(given[0].payload)
        prefix, _, name = activity.info().activity_type.rpartition(".")
        limit = told.get("limit") if isinstance(told, dict) else None
        work = asyncio.create_task(limited(lambda: _done(workers[prefix], name, told), limit))
        while not (await asyncio.wait([work], timeout=_BEAT))[0]:
            activity.heartbeat()
        return _raised(work.result(), told)

    return piece


def _done(workers: Workers, name: str, told: Any) -> Any:  # noqa: ANN401
    if name == "start":
        return _context(workers, told)
    if "answer" in told:
        return answer(workers, told["answer"], told["error"], told["context"])
    return outcome(workers, told["step"], told["inputs"], told["context"])


def _context(workers: Workers, given: Any) -> Context:  # noqa: ANN401 - plain JSON
    """The context of a run that is started from outside; an input that does not fit won't fit the next time either."""
    try:
        return workers.start(given)
    except Exception as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error


def _raised(found: Any, told: Any) -> Outcome:  # noqa: ANN401
    """A piece that Temporal is to try again fails as an activity; all else is told as a result."""
    errors = told.get("errors") if isinstance(told, dict) else None
    if errors is None or not isinstance(found, dict) or "failed" not in found:
        return found
    described = found["failed"]
    raise ApplicationError(
        described["message"], found, type=described["types"][0], non_retryable=not fits(described, errors)
    )
