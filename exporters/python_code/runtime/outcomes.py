"""How a piece ended, as plain JSON: what a worker tells the engine, and what the flow makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from exporters.python_code.runtime.flows import RunAgain, RunEnded, StepFailed, StepRefused
from exporters.worker.errors import Ended, RefusedError, RetryAsked, describe
from exporters.worker.messages import Context, Done
from exporters.worker.performing import Workers, sent_before

Outcome = dict[str, Any]


def outcome(workers: Workers, step: str, inputs: dict[str, Any], context: Context) -> Outcome:
    """Do a piece once, and tell how it ended; nothing is raised."""
    try:
        return {"done": workers.perform(step, inputs, context)}
    except Ended as end:
        return {"ended": end.result, "sent": sent_before(end)}
    except RetryAsked as asked:
        return {"again": workers.describe(asked), "delay": asked.delay, "sent": asked.sent}
    except RefusedError as refused:
        return {"refused": describe(refused)}
    except Exception as error:  # noqa: BLE001 - whatever the backend's code raises
        return {"failed": workers.describe(error), "sent": sent_before(error)}


def answer(workers: Workers, run: str, error: Any, context: Context) -> Outcome:  # noqa: ANN401 - plain JSON
    """The framework's response to an error, told in the same way."""
    try:
        return {"ended": workers.answer(run, error, context)}
    except Exception:  # noqa: BLE001 - it has no response: the error stays
        return {"failed": error, "sent": []}


async def limited(work: Callable[[], Any], limit: float | None) -> Any:  # noqa: ANN401 - what the work gives
    """Do the work in a thread; beyond so many seconds its outcome is a `TimeoutError`, whatever it does afterwards."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(work), limit)
    except TimeoutError:
        return {"failed": describe(TimeoutError(f"not done within {limit:g} s")), "sent": []}


def done(told: Outcome) -> Done:
    """What the piece came to; raises what else it ended with."""
    if "done" in told:
        return told["done"]
    if "ended" in told:
        raise RunEnded(told["ended"], told.get("sent") or ())
    if "again" in told:
        raise RunAgain(told["again"], told["delay"], told["sent"])
    if "refused" in told:
        raise StepRefused(told["refused"])
    raise StepFailed(told["failed"], told["sent"])
