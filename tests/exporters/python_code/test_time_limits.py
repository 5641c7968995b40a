"""One try of a run may take so long: then it fails, whatever it does, and only the run's own retry takes that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from exporters.python_code.runtime.flows import Flow, Follower, Retry, Run, StepFailed, drive
from exporters.worker.errors import describe
from exporters.worker.messages import Context, Done, Message


class Clocked(Flow):
    """An engine with a clock of its own: a step takes as long as its name says, if nothing stops it."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__(Context(id="1", attempt=0, origin={"arguments": {}}))
        self.clock = clock
        self.did: list[str] = []

    def branch(self) -> Flow:
        made = Clocked(self.clock)
        made.did = self.did
        return made

    async def perform(self, step: str, inputs: dict[str, Any], limit: float | None) -> Done:
        takes = 0.0 if step == "run" else float(step)
        self.clock[0] += takes if limit is None else min(takes, limit)
        if limit is not None and takes > limit:
            raise StepFailed(describe(TimeoutError(f"not done within {limit:g} s")))
        self.did.append(step)
        return Done(outputs={"result": step}, sent=[])

    async def answer(self, run: str, failed: StepFailed) -> Any:
        raise failed

    async def timer(self, seconds: float) -> None:
        self.clock[0] += seconds
        self.did.append(f"waited {seconds:g}")

    async def send(self, message: Message, followers: Sequence[Follower]) -> None: ...

    async def awaited(self, messages: Sequence[str]) -> list[Any] | None:
        return []

    async def tell(self, follower: Follower, ending: Any) -> None: ...

    async def now(self) -> float:
        return self.clock[0]

    async def gather(self, work: Sequence[Awaitable[dict[str, Any]]]) -> list[dict[str, Any]]:
        return [await one for one in work]

    def chance(self) -> float:
        return 0.5


async def waits(flow: Flow, **_: Any) -> str:
    await flow.step("1", {})
    try:
        await flow.sleep(60)
    except StepFailed as failed:
        if failed.fits("TimeoutError"):
            return "taken"
        raise
    await flow.step("2", {})
    return "done"


async def works(flow: Flow, **_: Any) -> str:
    await flow.step("1", {})
    await flow.step("60", {}, retry=Retry(attempts=5, delay=0.0))
    return "done"


async def works_in_a_branch(flow: Flow, **_: Any) -> str:
    async def branch(inner: Flow) -> dict[str, Any]:
        return await inner.step("60", {})

    await flow.together(branch)
    return "done"


async def is_quick(flow: Flow, **_: Any) -> str:
    await flow.step("1", {})
    await flow.sleep(2)
    return "done"


def driven(run: Run) -> tuple[Any, Clocked]:
    flow = Clocked([100.0])
    try:
        return asyncio.run(drive(run, flow)), flow
    except StepFailed as failed:
        return failed.described["types"][0], flow


@pytest.mark.parametrize(
    ("body", "did"), [(waits, ["run", "1", "waited 9"]), (works, ["run", "1"]), (works_in_a_branch, ["run"])]
)
def test_what_takes_too_long_is_left_at_its_limit(body: Any, did: list[str]) -> None:
    result, flow = driven(Run(id="run", flow=body, timeout=10.0))
    assert (result, flow.did, flow.clock) == ("builtins.TimeoutError", did, [110.0])


def test_what_is_in_time_ends_well() -> None:
    result, flow = driven(Run(id="run", flow=is_quick, timeout=10.0))
    assert (result, flow.clock) == ("done", [103.0])


def test_each_try_of_the_run_has_its_time_and_the_wait_between_them_is_none_of_it() -> None:
    again = Retry(attempts=3, delay=30.0, errors=("TimeoutError",))
    result, flow = driven(Run(id="run", flow=waits, timeout=10.0, retry=again))
    assert (result, flow.clock) == ("builtins.TimeoutError", [100.0 + 3 * 10 + 2 * 30])
    other = Retry(attempts=3, errors=("KeyError",))
    assert driven(Run(id="run", flow=waits, timeout=10.0, retry=other))[1].clock == [110.0]


def test_the_run_s_end_is_told_once_when_it_has_taken_too_long() -> None:
    told: list[Any] = []

    async def failed(flow: Flow, *, error: Any, **_: Any) -> None:
        assert flow.until is None
        told.append(error["class"])

    driven(Run(id="run", flow=works, timeout=10.0, failed=failed))
    assert told == ["builtins:TimeoutError"]
