"""What a step had sent before it failed, or ended the run, stays sent, where a start of its messages stands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from exporters.python_code.runtime.flows import Flow, Follower, Retry, Run, RunAgain, RunEnded, StepFailed, drive
from exporters.worker.errors import describe
from exporters.worker.messages import Context, Done, Message


def message(run: str, number: int) -> Message:
    return Message(run=run, arguments={}, due=None, id=f"{run}-{number}", of="sends", name=run)


class Scripted(Flow):
    """An engine whose steps come to what a list says."""

    def __init__(self, script: list[Any]) -> None:
        super().__init__(Context(id="1", attempt=0, origin={"arguments": {}}))
        self.script = script
        self.went: list[str] = []

    def branch(self) -> Flow:
        made = Scripted(self.script)
        made.went = self.went
        return made

    async def perform(self, step: str, inputs: dict[str, Any], limit: float | None) -> Done:
        if step == "run":
            return Done(outputs={}, sent=[])
        found = self.script.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def answer(self, run: str, failed: StepFailed) -> Any:
        raise failed

    async def timer(self, seconds: float) -> None: ...

    async def send(self, message: Message, followers: Sequence[Follower]) -> None:
        self.went.append(message["id"])

    async def awaited(self, messages: Sequence[str]) -> list[Any] | None:
        return []

    async def tell(self, follower: Follower, ending: Any) -> None: ...

    async def now(self) -> float:
        return 0.0

    async def gather(self, work: Sequence[Awaitable[dict[str, Any]]]) -> list[dict[str, Any]]:
        return [await one for one in work]

    def chance(self) -> float:
        return 0.5


async def sends(flow: Flow, **_: Any) -> str:
    await flow.step("sends", {}, retry=Retry(attempts=2, errors=("OSError",)))
    await flow.start("mail", of="sends")
    return "done"


async def sends_in_a_branch(flow: Flow, **_: Any) -> str:
    async def branch(inner: Flow) -> dict[str, Any]:
        await sends(inner)
        return {}

    await flow.together(branch)
    return "done"


STARTS = frozenset({("sends", "mail")})
DOWN = describe(OSError("down"))
BOTH = [message("mail", 1), message("cut", 1)]
GOOD = Done(outputs={}, sent=[message("mail", 2)])


@pytest.mark.parametrize("flow", [sends, sends_in_a_branch])
@pytest.mark.parametrize(
    ("script", "went"),
    [
        ([GOOD], ["mail-2"]),
        ([StepFailed(DOWN, BOTH), GOOD], ["mail-1", "mail-2"]),
        ([RunEnded("early", BOTH)], ["mail-1"]),
        ([RunAgain(DOWN, 1.0, BOTH), GOOD], ["mail-1", "mail-2"]),
    ],
)
def test_what_was_sent_before_stays_sent(flow: Any, script: list[Any], went: list[str]) -> None:
    engine = Scripted(list(script))
    run = Run(id="run", flow=flow, retry=Retry(attempts=2, errors=("KeyError",)), starts=STARTS)
    asyncio.run(drive(run, engine))
    assert engine.went == went
