"""What the flow of a run may ask of its engine. The flow itself is generated, and does nothing but ask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from exporters.worker.errors import RefusedError, describe, fits, overdue
from exporters.worker.messages import Context, Described, Done, Message

Json = Any
"""Plain JSON: what variables hold."""
Variables = dict[str, Json]
_SLACK = 0.5
"""By so many seconds the clocks of the engine and of a worker may differ."""


class StepFailed(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """A step's code has raised an error."""

    def __init__(self, described: Described, sent: Sequence[Message] = ()) -> None:
        super().__init__(f"{described['types'][0]}: {described['message']}")
        self.described = described
        self.sent = sent
        """What the code had sent until then: it stays sent."""

    def fits(self, *names: str) -> bool:
        """Whether the error is of one of these classes, or of one below; no names: any `Exception`."""
        return fits(self.described, names)

    @property
    def value(self) -> Json:
        """The error as a variable holds it."""
        return self.described["value"]


class StepRefused(StepFailed):
    """The definition, or the code, asks for what can't be done: another try would fail as well."""

    def fits(self, *names: str) -> bool:  # noqa: ARG002 - nothing takes it
        """No catch and no retry takes it."""
        return False


class RunAgain(StepFailed):
    """A step's code asks that its whole run be tried again, after so many seconds if it says so."""

    def __init__(self, described: Described, delay: float | None, sent: Sequence[Message] = ()) -> None:
        super().__init__(described, sent)
        self.delay = delay

    def fits(self, *names: str) -> bool:  # noqa: ARG002 - only the run itself takes it
        """No catch takes it."""
        return False


class RunOverdue(StepFailed):
    """One try of the run has taken longer than it may."""

    def __init__(self, sent: Sequence[Message] = ()) -> None:
        super().__init__(overdue(), sent)

    def fits(self, *names: str) -> bool:  # noqa: ARG002 - only the run itself takes it
        """No catch and no retry in the run takes it."""
        return False


class RunEnded(Exception):  # noqa: N818 - an end, not a fault
    """The run ends here, well."""

    def __init__(self, result: Json = None, sent: Sequence[Message] = ()) -> None:
        super().__init__(result)
        self.result = result
        self.sent = sent
        """What the code had sent until then."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often something is tried, and how long to wait in between (seconds)."""

    attempts: int | None = None
    delay: float | None = None
    backoff: float = 1.0
    max_delay: float | None = None
    jitter: bool = False
    errors: tuple[str, ...] = ()

    def is_over(self, tries: int) -> bool:
        """Whether that many tries are all there are."""
        return self.attempts is not None and tries >= self.attempts

    def seconds(self, tries: int, chance: Callable[[], float]) -> float:
        """How long to wait after that many tries."""
        delay = (1.0 if self.delay is None else self.delay) * self.backoff ** (tries - 1)
        delay = delay if self.max_delay is None else min(delay, self.max_delay)
        return delay * chance() if self.jitter else delay


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the workflow: its flow, and what belongs to it as a whole."""

    id: str
    flow: Callable[..., Awaitable[Json]]
    is_request: bool = False
    retry: Retry | None = None
    timeout: float | None = None
    """How long one try of it may take, in seconds."""
    failed: Callable[..., Awaitable[None]] | None = None
    """What happens once when it has failed for good."""
    starts: frozenset[tuple[str, str]] = frozenset()
    """Which step's messages start which run, wherever the start stands."""


class Follower(TypedDict):
    """A run that waits for another one to end: the id of its message, and its own."""

    id: str
    run: str


class Ending(TypedDict):
    """How the run of a message has ended."""

    id: str
    ok: bool
    result: Json


@dataclass
class Flow(ABC):
    """The engine, as one run sees it. Branches of parallel work have flows of their own."""

    context: Context
    sent: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])
    """What each step has sent and no start has let go yet."""
    starts: frozenset[tuple[str, str]] = frozenset()
    """Which step's messages start which run."""
    until: float | None = None
    """When the present try of the run has taken too long, in seconds since 1970."""

    async def step(
        self, step: str, inputs: Variables, *, retry: Retry | None = None, limit: float | None = None
    ) -> Variables:
        """Do a step; what its code has bound, by name."""
        tries = 0
        while True:
            try:
                done = await self.in_time(step, inputs, limit)
            except RunEnded as end:
                await self._stays_sent(step, end.sent)
                raise
            except StepFailed as failed:
                await self._stays_sent(step, failed.sent)
                tries += 1
                if retry is None or not failed.fits(*retry.errors) or retry.is_over(tries):
                    raise
                await self.sleep(retry.seconds(tries, self.chance))
            else:
                self.sent[step] = done["sent"]
                return done["outputs"]

    async def ask(self, step: str, inputs: Variables) -> bool:
        """Ask a condition."""
        return bool((await self.in_time(step, inputs, None))["outputs"]["case"])

    async def in_time(self, step: str, inputs: Variables, limit: float | None) -> Done:
        """Have a worker do a piece once, as long as the run may still take."""
        if self.until is None:
            return await self.perform(step, inputs, limit)
        left = self.until - await self.now()
        if left <= 0:
            raise RunOverdue
        is_first = limit is None or left < limit
        try:
            return await self.perform(step, inputs, left if is_first else limit)
        except StepFailed as failed:
            if is_first and await self.now() >= self.until - _SLACK and failed.fits("TimeoutError"):
                raise RunOverdue(failed.sent) from failed
            raise

    async def sleep(self, seconds: float) -> None:
        """Wait durably, as long as the run may still take."""
        left = seconds if self.until is None else self.until - await self.now()
        await self.timer(min(seconds, max(0.0, left)))
        if left < seconds:
            raise RunOverdue

    async def again(self, retry: Retry, tries: int, failed: StepFailed) -> None:
        """Wait for the next try, or let the error go on."""
        if not failed.fits(*retry.errors) or retry.is_over(tries):
            raise failed
        await self.sleep(retry.seconds(tries, self.chance))

    async def start(self, run: str, *, of: str) -> None:
        """Let the messages go that the step has sent to the run."""
        await self._let_go(self.sent.get(of, []), {run})

    async def _stays_sent(self, step: str, sent: Sequence[Message]) -> None:
        """What a step had sent before it ended badly, or ended the run, is on its way: a queue would have it."""
        await self._let_go(sent, {run for of, run in self.starts if of == step})

    async def _let_go(self, sent: Sequence[Message], runs: set[str]) -> None:
        for message in sent:
            if message["run"] in runs:
                followers = [
                    Follower(id=other["id"], run=other["run"])
                    for other in sent
                    if message["id"] in other.get("after", ())
                ]
                await self.send(message, followers)

    async def together(self, *branches: Callable[[Flow], Awaitable[Variables]]) -> Variables:
        """Do branches side by side; all variables that they have set."""
        found: Variables = {}
        for variables in await self.gather([branch(self._beside()) for branch in branches]):
            found.update(variables)
        return found

    async def each(self, turn: Callable[[Flow, Json], Awaitable[Variables]], items: Sequence[Json]) -> list[Variables]:
        """Do the same for all items at once; what each has set, in the items' order."""
        return await self.gather([turn(self._beside(), item) for item in items])

    def _beside(self) -> Flow:
        made = self.branch()
        made.sent = {step: list(messages) for step, messages in self.sent.items()}
        made.starts = self.starts
        made.until = self.until
        return made

    @abstractmethod
    def branch(self) -> Flow:
        """A flow for one branch of parallel work."""

    @abstractmethod
    async def perform(self, step: str, inputs: Variables, limit: float | None) -> Done:
        """Have a worker do a piece once. Raises `StepFailed`, `RunAgain`, `RunEnded`; `limit` is in seconds."""

    @abstractmethod
    async def answer(self, run: str, failed: StepFailed) -> Json:
        """The web framework's response to an error; raises the error when there is none."""

    @abstractmethod
    async def timer(self, seconds: float) -> None:
        """A durable timer."""

    @abstractmethod
    async def send(self, message: Message, followers: Sequence[Follower]) -> None:
        """Start the run that receives the message, and go on at once.

        `followers` are the runs of messages that come after it: its own tells them how it has ended.
        """

    @abstractmethod
    async def awaited(self, messages: Sequence[str]) -> list[Json] | None:
        """What the runs of these messages have returned, when all have ended; None when one has failed."""

    @abstractmethod
    async def tell(self, follower: Follower, ending: Ending) -> None:
        """Tell the run of a message that comes after this one how this one has ended."""

    @abstractmethod
    async def now(self) -> float:
        """Seconds since 1970, the same again when the engine replays the flow."""

    @abstractmethod
    async def gather(self, work: Sequence[Awaitable[Variables]]) -> list[Variables]:
        """Await all, side by side; the first failure is the whole's."""

    @abstractmethod
    def chance(self) -> float:
        """A number from 0 to 1, the same again when the engine replays the flow."""


async def drive(run: Run, flow: Flow, followers: Sequence[Follower] = ()) -> Json:
    """Do a run from its beginning to its end: when it is due, with its tries; what it returns."""
    flow.starts = run.starts
    if not await _is_due(flow):
        for follower in followers:
            await flow.tell(follower, Ending(id=flow.context["id"], ok=False, result=None))
        return None
    try:
        result = await _tries(run, flow)
    except StepFailed:
        for follower in followers:
            await flow.tell(follower, Ending(id=flow.context["id"], ok=False, result=None))
        raise
    for follower in followers:
        await flow.tell(follower, Ending(id=flow.context["id"], ok=True, result=result))
    return result


async def _is_due(flow: Flow) -> bool:
    """Wait for what comes before the run, and for its time; False where it can't happen any more."""
    origin = flow.context["origin"]
    if origin.get("due") is not None:
        await flow.sleep(max(0.0, origin["due"] - await flow.now()))
    if not origin.get("after"):
        return True
    results = await flow.awaited(origin["after"])
    if results is None:
        return False
    if origin.get("takes"):
        taken = results if origin.get("gathers") else results[0]
        arguments: Variables = {**origin["arguments"], origin["takes"]: taken}
        origin = {**origin, "arguments": arguments}
        flow.context = Context(id=flow.context["id"], attempt=flow.context["attempt"], origin=origin)
    if delay := flow.context["origin"].get("delay"):
        await flow.sleep(delay)
    return True


async def _tries(run: Run, flow: Flow) -> Json:
    tries = 0
    while True:
        variables = dict(flow.context["origin"].get("arguments") or {})
        try:
            flow.until = None if run.timeout is None else await flow.now() + run.timeout
            variables = (await flow.in_time(run.id, {}, None))["outputs"]
            return await _flowing(run, flow, variables)
        except RunEnded as end:
            return end.result
        except StepFailed as failed:
            flow.until = None
            tries += 1
            if run.retry is None or not _is_tried_again(run.retry, failed) or run.retry.is_over(tries):
                return await _fail(run, flow, failed, variables)
            asked = failed.delay if isinstance(failed, RunAgain) else None
            await flow.sleep(run.retry.seconds(tries, flow.chance) if asked is None else asked)
            flow.context = Context(id=flow.context["id"], attempt=tries, origin=flow.context["origin"])


async def _flowing(run: Run, flow: Flow, variables: Variables) -> Json:
    try:
        return await run.flow(flow, **variables)
    except UnboundLocalError as missing:
        raise StepRefused(unset(missing)) from missing


def unset(missing: UnboundLocalError) -> Described:
    """The error of a variable that nothing on the way has set."""
    return describe(RefusedError(f"a variable is missing: {missing}"))


def _is_tried_again(retry: Retry, failed: StepFailed) -> bool:
    if isinstance(failed, RunOverdue):
        return fits(failed.described, retry.errors)
    return isinstance(failed, RunAgain) or failed.fits(*retry.errors)


async def _fail(run: Run, flow: Flow, failed: StepFailed, variables: Mapping[str, Json]) -> Json:
    if run.is_request:
        return await flow.answer(run.id, failed)
    if run.failed is not None:
        await run.failed(flow, error=failed.value, **variables)
    raise failed
