"""A run as a Temporal workflow: pieces are activities, waits are timers, what is handed over is a child of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ParentClosePolicy

from exporters.python_code.runtime.flows import Ending, Flow, Follower, Json, Retry, Run, StepFailed, Variables, drive
from exporters.python_code.runtime.outcomes import Outcome, done
from exporters.worker.messages import Context, Done, Message

LONGEST = timedelta(days=1)
"""How long an activity may take; a step's own limit is kept by the worker."""
HEARTBEAT = timedelta(seconds=10)
"""A worker that has not been heard of for so long is dead, and its activity is done again elsewhere."""


class Workflow:
    """What the workflows of all runs have in common; each names its run."""

    def __init__(self) -> None:
        self._endings: dict[str, Ending] = {}

    @workflow.signal
    def ended(self, ending: Json) -> None:
        """The run of a message that comes before this one has ended."""
        self._endings[ending["id"]] = ending

    async def drive(self, run: Run, prefix: str, given: Json) -> Json:
        """Do the run; a failure of its code is the workflow's."""
        context: Context = given.get("context") or await _ask(f"{prefix}.start", given.get("input"))
        flow = TemporalFlow(context, prefix=prefix, endings=self._endings)
        try:
            return await drive(run, flow, given.get("followers", ()))
        except StepFailed as failed:
            raise ApplicationError(
                str(failed), failed.described, type=failed.described["types"][0], non_retryable=True
            ) from failed


class TemporalFlow(Flow):
    """The engine, as one run sees it."""

    def __init__(self, context: Context, *, prefix: str, endings: dict[str, Ending]) -> None:
        super().__init__(context)
        self._prefix = prefix
        self._endings = endings

    def branch(self) -> Flow:
        """A flow for one branch of parallel work."""
        return TemporalFlow(self.context, prefix=self._prefix, endings=self._endings)

    async def step(
        self, step: str, inputs: Variables, *, retry: Retry | None = None, limit: float | None = None
    ) -> Variables:
        """Do a step; Temporal itself tries it again where its policy can say how, and no try sends anything."""
        sends = any(of == step for of, _ in self.starts)
        if retry is None or retry.jitter or retry.attempts == 1 or sends or self.until is not None:
            return await super().step(step, inputs, retry=retry, limit=limit)
        told = done(await self._activity(step, inputs, limit, retry))
        self.sent[step] = told["sent"]
        return told["outputs"]

    async def perform(self, step: str, inputs: Variables, limit: float | None) -> Done:
        """Have a worker do a piece once."""
        return done(await self._activity(step, inputs, limit, None))

    async def _activity(self, step: str, inputs: Variables, limit: float | None, retry: Retry | None) -> Outcome:
        errors = None if retry is None else list(retry.errors)
        given = {"step": step, "inputs": inputs, "context": self.context, "errors": errors, "limit": limit}
        return await _ask(f"{self._prefix}.{step}", given, retry)

    async def answer(self, run: str, failed: StepFailed) -> Json:
        """The web framework's response to an error."""
        given = {"answer": run, "error": failed.described, "context": self.context}
        return done(await _ask(f"{self._prefix}.{run}", given))

    async def timer(self, seconds: float) -> None:
        """A durable timer."""
        await workflow.sleep(seconds)

    async def send(self, message: Message, followers: Sequence[Follower]) -> None:
        """Start the workflow of the run that receives the message."""
        context = Context(id=message["id"], attempt=0, origin=cast("dict[str, Any]", message))
        await workflow.start_child_workflow(
            f"{self._prefix}.{message['run']}",
            {"context": context, "followers": list(followers)},
            id=message["id"],
            parent_close_policy=ParentClosePolicy.ABANDON,
        )

    async def awaited(self, messages: Sequence[str]) -> list[Json] | None:
        """What the runs of these messages have returned."""
        await workflow.wait_condition(
            lambda: (
                all(m in self._endings for m in messages)
                or any(not self._endings[m]["ok"] for m in messages if m in self._endings)
            )
        )
        endings = [self._endings[m] for m in messages if m in self._endings]
        return (
            [e["result"] for e in endings] if len(endings) == len(messages) and all(e["ok"] for e in endings) else None
        )

    async def tell(self, follower: Follower, ending: Ending) -> None:
        """Signal the workflow of a message that comes after this one."""
        await workflow.get_external_workflow_handle(follower["id"]).signal("ended", ending)

    async def now(self) -> float:
        """The workflow's own time."""
        return workflow.time()

    async def gather(self, work: Sequence[Awaitable[Variables]]) -> list[Variables]:
        """Await all, side by side."""
        return list(await asyncio.gather(*work))

    def chance(self) -> float:
        """The workflow's own chance."""
        return workflow.random().random()


async def _ask(name: str, given: Json, retry: Retry | None = None) -> Any:  # noqa: ANN401
    """Run an activity. Without a retry of its own it never fails by its code: only a dead worker makes it run again."""
    policy = RetryPolicy(initial_interval=timedelta(seconds=1))
    if retry is not None:
        policy = RetryPolicy(
            initial_interval=timedelta(seconds=1.0 if retry.delay is None else retry.delay),
            backoff_coefficient=max(1.0, retry.backoff),
            maximum_interval=None if retry.max_delay is None else timedelta(seconds=retry.max_delay),
            maximum_attempts=retry.attempts or 0,
        )
    try:
        return await workflow.execute_activity(
            name,
            given,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=policy,
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.details:
            return error.cause.details[0]
        raise
