"""Flows that were generated as coroutines, on the durable engine."""

from __future__ import annotations

import random
import threading
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from exporters.dbos.durable.registry import Body, Flow, Request
from exporters.dbos.durable.running import Running
from exporters.python_code.runtime import flows, outcomes
from exporters.python_code.runtime.flows import Ending, Follower, Run, Variables
from exporters.worker.flowing import EndOfRun, FailedError, Retry, RunAgain
from exporters.worker.messages import Done, Message
from exporters.worker.plan import Plan


def flow(
    name: str,
    plan: Plan,
    runs: Mapping[str, Run],
    *,
    starts: Mapping[str, Sequence[tuple[str, str]]],
    schedules: Sequence[str] = (),
    requests: Sequence[tuple[Sequence[str], str]] = (),
) -> Flow:
    """A workflow whose runs are generated coroutines. `starts`: for each run, which step's messages start which run."""
    asked = tuple(Request(methods=tuple(methods), path=path) for methods, path in requests)
    made = Flow(name=name, plan=plan, schedules=tuple(schedules), requests=asked)
    for run in runs.values():
        retry = run.retry and Retry(
            attempts=run.retry.attempts,
            delay=run.retry.delay,
            backoff=run.retry.backoff,
            max_delay=run.retry.max_delay,
            jitter=run.retry.jitter,
            errors=run.retry.errors,
        )
        add = made.run(run.id, retry=retry, timeout=run.timeout, request=run.is_request, starts=starts.get(run.id, ()))
        add(_body(run))
        if run.failed is not None:
            made.failed(run.id)(_failed(run))
    return made


def _body(run: Run) -> Body:
    return lambda running: _driven(run.flow(DurableFlow(running), **running.parameters))


def _failed(run: Run) -> Body:
    assert run.failed is not None
    failed = run.failed
    return lambda running: _driven(failed(DurableFlow(running), error=running.error, **running.parameters))


def _driven(work: Awaitable[Any]) -> Any:
    """What the coroutine returns; its ways to end, in the engine's words."""
    try:
        return _through(work)
    except flows.RunEnded as end:
        raise EndOfRun(end.result) from None
    except flows.RunAgain as again:
        raise RunAgain(again.described, again.delay) from again
    except flows.StepFailed as failed:
        raise FailedError(failed.described, final=isinstance(failed, flows.StepRefused)) from failed
    except UnboundLocalError as missing:
        raise FailedError(flows.unset(missing), final=True) from missing


def _through(work: Awaitable[Any]) -> Any:
    """Go through a coroutine in one go, without a loop: all that it awaits is done in the call itself."""
    try:
        work.__await__().send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the flow waits for something that is not the engine's")


class DurableFlow(flows.Flow):
    """One run, or one branch of its parallel work. Nothing here waits for anything but the database."""

    def __init__(self, running: Running, path: str = "") -> None:
        super().__init__(context=running.context)
        self._running = running
        self._path = path
        """Names a branch; empty for the run itself."""
        self._count = 0
        self._branches = 0

    def branch(self) -> DurableFlow:
        """A branch remembers what it does under names of its own: its steps mix with others' in any order."""
        self._branches += 1
        return DurableFlow(self._running, f"{self._path}/{self._branches}")

    async def perform(self, step: str, inputs: Variables, limit: float | None) -> Done:
        """One try of a piece. The engine itself knows how long the run may still take."""
        aside, once = self._running.aside, self._running.once
        return outcomes.done(aside(self._name(), step, inputs, limit) if self._path else once(step, inputs, limit))

    async def answer(self, run: str, failed: flows.StepFailed) -> Any:  # noqa: ARG002 - the engine asks itself
        """The engine asks the web framework when the run has failed."""
        raise failed

    async def timer(self, seconds: float) -> None:
        """A durable timer."""
        self._running.pause(seconds, self._name() if self._path else "")

    async def send(self, message: Message, followers: Sequence[Follower]) -> None:  # noqa: ARG002 - who waits asks
        """Start the run that receives the message."""
        self._running.let_go(message)

    async def awaited(self, messages: Sequence[str]) -> list[Any] | None:
        """What the runs of these messages have returned."""
        ends = [self._running.end_of(message) for message in messages]
        return [end["result"] for end in ends] if all(end["kind"] == "ended" for end in ends) else None

    async def tell(self, follower: Follower, ending: Ending) -> None:
        """Nobody needs to be told: a run that comes after others asks the engine how they have ended."""

    async def now(self) -> float:
        """The time at which this was first asked."""
        return self._running.now()

    async def gather(self, work: Sequence[Awaitable[Variables]]) -> list[Variables]:
        """Each branch in a thread of its own; the first failure, in their order, is the whole's."""
        ends: list[tuple[Variables, BaseException | None]] = [({}, None)] * len(work)

        def do(number: int, one: Awaitable[Variables]) -> None:
            try:
                ends[number] = (_through(one), None)
            except BaseException as error:  # noqa: BLE001 - it is raised where all are joined
                ends[number] = ({}, error)

        threads = [threading.Thread(target=do, args=each) for each in enumerate(work)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _, error in ends:
            if error is not None:
                raise error
        return [variables for variables, _ in ends]

    def chance(self) -> float:
        """The same number again for the same try of the same run."""
        self._count += 1
        return random.Random(f"{self.context['id']}{self._path}{self._count}").random()  # noqa: S311 - a pause

    def _name(self) -> str:
        self._count += 1
        return f"{self._path}/{self._count}"
