"""A run as a Restate workflow: pieces are its side effects, waits are its timers, what is handed over is sent."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, TypeVar, cast

import restate
from restate import RestateDurableFuture, TerminalError, Workflow, WorkflowContext, WorkflowSharedContext

from exporters.python_code.runtime.flows import Ending, Flow, Follower, Json, Run, StepFailed, Variables, drive
from exporters.python_code.runtime.outcomes import answer, done, limited, outcome
from exporters.restate.runtime.side_by_side import SideBySide, ended
from exporters.worker.messages import Context, Done, Message
from exporters.worker.performing import Workers

T = TypeVar("T")
MAIN = "run"
"""The handler that does a run."""
_ENDED = "ended"


def workflow(prefix: str, run: Run, workers: Workers) -> Workflow:
    """The Restate workflow of a run; its key is the id of the message that starts it."""
    made = Workflow(f"{prefix}.{run.id}")

    async def main(ctx: WorkflowContext, given: Json) -> Json:
        context = given.get("context") or await ctx.run_typed(
            "start", _in_thread(workers.start), payload=given.get("input")
        )
        flow = RestateFlow(context, ctx=ctx, prefix=prefix, workers=workers)
        try:
            return await drive(run, flow, given.get("followers", ()))
        except StepFailed as failed:
            raise TerminalError(str(failed)) from failed

    async def has_ended(ctx: WorkflowSharedContext, ending: Json) -> None:
        await ctx.promise(_promise(ending["id"])).resolve(ending)

    made.main(name=MAIN)(main)
    made.handler(name=_ENDED)(has_ended)
    return made


class RestateFlow(Flow):
    """The engine, as one run sees it."""

    def __init__(
        self, context: Context, *, ctx: WorkflowContext, prefix: str, workers: Workers, is_inside: bool = False
    ) -> None:
        super().__init__(context)
        self._ctx = ctx
        self._prefix = prefix
        self._workers = workers
        self._is_inside = is_inside

    def branch(self) -> Flow:
        """A flow for one branch of parallel work."""
        return RestateFlow(self.context, ctx=self._ctx, prefix=self._prefix, workers=self._workers, is_inside=True)

    async def perform(self, step: str, inputs: Variables, limit: float | None) -> Done:
        """Do a piece, and keep what it came to in the journal."""
        work = _in_thread(outcome, limit)
        return done(
            await self._ended(
                self._ctx.run_typed(step, work, workers=self._workers, step=step, inputs=inputs, context=self.context)
            )
        )

    async def answer(self, run: str, failed: StepFailed) -> Json:
        """The web framework's response to an error."""
        work = _in_thread(answer)
        told = self._ctx.run_typed(
            "answer", work, workers=self._workers, run=run, error=failed.described, context=self.context
        )
        return done(await self._ended(told))

    async def timer(self, seconds: float) -> None:
        """A durable timer."""
        await self._ended(self._ctx.sleep(timedelta(seconds=seconds)))

    async def send(self, message: Message, followers: Sequence[Follower]) -> None:
        """Send the message to the workflow of its run."""
        context = Context(id=message["id"], attempt=0, origin=cast("dict[str, Any]", message))
        self._send(message["run"], MAIN, message["id"], {"context": context, "followers": list(followers)})

    async def tell(self, follower: Follower, ending: Ending) -> None:
        """Tell the workflow of a message that comes after this one."""
        self._send(follower["run"], _ENDED, follower["id"], ending)

    def _send(self, run: str, handler: str, key: str, given: Json) -> None:
        self._ctx.generic_send(f"{self._prefix}.{run}", handler, json.dumps(given).encode(), key=key)

    async def awaited(self, messages: Sequence[str]) -> list[Json] | None:
        """What the runs of these messages have returned."""
        open_ones = {m: self._ctx.promise(_promise(m)).value() for m in messages}
        results: dict[str, Json] = {}
        for message, future in open_ones.items():
            ending: Ending = await self._ended(future)
            if not ending["ok"]:
                return None
            results[message] = ending["result"]
        return [results[message] for message in messages]

    async def now(self) -> float:
        """The time, as the journal has it."""
        return await self._ended(self._ctx.time())

    async def gather(self, work: Sequence[Awaitable[Variables]]) -> list[Variables]:
        """Await all, side by side."""
        return await SideBySide(work, is_inside=self._is_inside)

    def chance(self) -> float:
        """Chance that is the same in each replay."""
        return self._ctx.random().random()

    async def _ended(self, future: RestateDurableFuture[T]) -> T:
        return await (ended(future) if self._is_inside else future)


def application(workflows: Sequence[Workflow]) -> Any:  # noqa: ANN401 - an ASGI application
    """What a web server serves to Restate."""
    return restate.app(list(workflows))


def _promise(message: str) -> str:
    return f"{_ENDED}-{message}"


def _in_thread(work: Any, limit: float | None = None) -> Any:  # noqa: ANN401 - any function of the workers
    """The function as a coroutine, so that branches overlap."""

    async def done_there(**given: Any) -> Any:  # noqa: ANN401
        return await limited(lambda: work(**given), limit)

    return done_there
