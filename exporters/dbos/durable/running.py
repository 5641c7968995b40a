"""One run under way: each step, wait and start is remembered, so that a later process goes on where this one ended."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from exporters.dbos.durable.limits import LateError, in_time, sooner
from exporters.dbos.durable.registry import RunFlow
from exporters.worker.errors import Ended, RefusedError, RetryAsked, overdue
from exporters.worker.flowing import EndOfRun, FailedError, Outputs, OverdueError, Retry, RunAgain, present
from exporters.worker.messages import Context, Message
from exporters.worker.performing import sent_before

if TYPE_CHECKING:
    from exporters.dbos.durable.engine import Engine

Recorded = dict[str, Any]


class Running:
    """What a run's body asks to be done. The same calls in the same order give the same answers after a crash."""

    def __init__(
        self,
        engine: Engine,
        flow: RunFlow,
        context: Context,
        sent: dict[str, list[Message]] | None = None,
        until: float | None = None,
    ) -> None:
        self._engine = engine
        self._flow = flow
        self._context = context
        self._sent = {key: list(value) for key, value in (sent or {}).items()}
        self.until = until
        """When the present try of the run has taken too long, in seconds since 1970."""
        self.parameters = Outputs()
        self.kept: dict[str, Any] = {}
        """Variables that what happens on failure needs."""
        self.error: Any = None

    def begin(self) -> None:
        """Take the parameters: from the message, or by the framework from the request. The run's time begins."""
        if self._flow.timeout is not None:
            self.until = self.now() + self._flow.timeout
        if self._flow.request:
            self.parameters = self.step(self._flow.id, {})
        else:
            self.parameters = Outputs(self._context["origin"].get("arguments") or {})
        self.kept.update(self.parameters)

    @property
    def context(self) -> Context:
        """Which run this is, and its number of tries."""
        return self._context

    def once(self, element: str, inputs: dict[str, Any], limit: float | None) -> Recorded:
        """One try of a step, told as an outcome of generated flows."""
        done = self._engine.record(element, lambda: self._attempt(element, inputs, 1, limit))
        self._engine.number(done.get("sent") or [])
        return self._outcome(element, done)

    def aside(self, path: str, element: str, inputs: dict[str, Any], limit: float | None) -> Recorded:
        """The same for a branch: remembered under the branch's own name, since branches go on in any order."""
        name = f"{self._context['id']}{path}"
        done = self._engine.piece(name, element, inputs, self._flow.id, self._context, limit, self.until)
        return self._outcome(element, done)

    def pause(self, seconds: float, path: str = "") -> None:
        """A durable timer, also inside a branch, as long as the run may still take."""
        slept, pause = self._engine.slept, self._engine.pause
        if pause(f"{self._context['id']}{path}", seconds, self.until) if path else slept(seconds, self.until):
            raise OverdueError

    def let_go(self, message: Message) -> None:
        """Start the run that a message is for."""
        self._engine.enqueue(message, self._flow)

    def end_of(self, message: str) -> Recorded:
        """How the run of a message has ended, once it has."""
        return self._engine.result(message)

    def now(self) -> float:
        """Seconds since 1970, the same again after a crash."""
        return self._engine.now()

    def attempt(self, element: str, inputs: dict[str, Any], limit: float | None) -> Recorded:
        """One try of a step; nothing is remembered here."""
        return self._attempt(element, inputs, 1, limit)

    def _outcome(self, element: str, done: Recorded) -> Recorded:
        sent = done.get("sent") or []
        match done["kind"]:
            case "done":
                return {"done": {"outputs": done["outputs"], "sent": sent}}
            case "ended":
                return {"ended": done["result"]}
            case _:
                for message in sent:
                    if (element, message["run"]) in self._flow.starts:
                        self._engine.enqueue(message, self._flow)
        if done["kind"] == "again":
            return {"again": done["error"], "delay": done["delay"], "sent": []}
        if done["kind"] == "refused":
            return {"refused": done["error"]}
        if done["kind"] == "overdue":
            raise OverdueError
        return {"failed": done["error"], "sent": []}

    def keep(self, **variables: Any) -> None:
        """Remember variables for what happens on failure."""
        self.kept.update(variables)

    def step(
        self, element: str, inputs: dict[str, Any], retry: Retry | None = None, limit: float | None = None
    ) -> Outputs:
        """Execute a step, under its policy and its time limit; its outputs."""
        made = 0
        while True:
            made += 1
            done = self._engine.record(element, lambda made=made: self._attempt(element, inputs, made, limit))
            self._let_go(element, done)
            if done["kind"] == "done":
                return Outputs(done["outputs"])
            error = self._error(done)
            is_last = isinstance(error, OverdueError) or error.final
            if retry is None or is_last or not retry.allows(error.error, made):
                raise error
            self.pause(retry.pause(made, done["draw"]))

    def case(self, element: str, inputs: dict[str, Any]) -> bool:
        """Whether a condition holds."""
        return bool(self.step(element, inputs)["case"])

    def wait(self, element: str, seconds: Any) -> None:
        """A durable timer, as long as the run may still take."""
        pause = max(0.0, _seconds(self._engine.flow.workers.crossing.decode(seconds)))

        def begun() -> Recorded:
            due = time.time() + pause
            end = due if self.until is None else min(due, self.until)
            return {"kind": "wait", "until": end, "late": end < due}

        done = self._engine.record(element, begun)
        self._engine.sleep(done["until"] - time.time())
        if done.get("late"):
            raise OverdueError

    def start(self, element: str, run: str, of: str) -> None:
        """Let go what a step has sent to a run."""
        messages = [message for message in self._sent.get(of, []) if message["run"] == run]
        self._sent[of] = [message for message in self._sent.get(of, []) if message["run"] != run]
        self._engine.record(element, lambda: {"kind": "start", "runs": [message["id"] for message in messages]})
        for message in messages:
            self._engine.enqueue(message, self._flow)

    def parallel(self, element: str, parts: Iterable[tuple[str, dict[str, Any]]]) -> list[Outputs]:
        """Parts of the run side by side, each with its own variables; what they have set, in order."""
        names = [(f"{element}.{name}", present(variables)) for name, variables in parts]
        ends = self._engine.side_by_side(names, self._flow, self._context, self._sent, self.until)
        for end in ends:
            self._sent.update(end["sent"])
            if end["kind"] == "ended":
                raise EndOfRun(end["result"])
            if end["kind"] == "again":
                raise RunAgain(end["error"], end["delay"])
            if end["kind"] == "overdue":
                raise OverdueError
            if end["kind"] != "done":
                raise FailedError(end["error"], final=end["kind"] == "refused")
        return [Outputs(end["outputs"]) for end in ends]

    def attempts(self, element: str, retry: Retry) -> Iterator[Attempt]:
        """Elements that are tried together: `for attempt in run.attempts(…): with attempt: …`."""
        made = 0
        while True:
            made += 1
            attempt = Attempt(retry, made)
            yield attempt
            if not attempt.again:
                return
            drawn = self._engine.record(element, lambda: {"kind": "again", "draw": random.random()})  # noqa: S311
            self.pause(retry.pause(made, drawn["draw"]))

    def end(self, element: str, result: Any = None) -> EndOfRun:
        """What to raise where the run ends before its last element."""
        self._engine.record(element, lambda: {"kind": "end"})
        return EndOfRun(result)

    def part_end(self, outputs: dict[str, Any]) -> Recorded:
        """How a part that happened side by side ended."""
        return {"kind": "done", "outputs": present(outputs), "sent": self._sent}

    @property
    def sent(self) -> dict[str, list[Message]]:
        """What steps have sent and no start has let go."""
        return self._sent

    def _attempt(self, element: str, inputs: dict[str, Any], made: int, limit: float | None) -> Recorded:
        """One try. Nothing is raised: whatever happens is what happened."""
        about = {"tries": made, "attempt": self._context["attempt"], "draw": random.random()}  # noqa: S311
        workers = self._engine.flow.workers
        seconds, is_run = sooner(limit, None if self.until is None else max(0.0, self.until - time.time()))
        with self._engine.watched(element, made):
            try:
                done = in_time(lambda: workers.perform(element, present(inputs), self._context), seconds)
            except LateError:
                if is_run:
                    return {**about, "kind": "overdue", "error": overdue()}
                error = TimeoutError(f"not done within {seconds:g} s")
                return {**about, "kind": "failed", "error": workers.describe(error)}
            except Ended as end:
                return {**about, "kind": "ended", "result": end.result, "sent": sent_before(end)}
            except RetryAsked as asked:
                told = {"kind": "again", "delay": asked.delay, "sent": sent_before(asked)}
                return {**about, **told, "error": workers.describe(asked)}
            except Exception as error:  # noqa: BLE001 - the backend may raise anything
                kind = "refused" if isinstance(error, RefusedError) else "failed"
                sent = sent_before(error)
                return {**about, "kind": kind, "error": workers.describe(error), "sent": sent}
        return {**about, "kind": "done", **done}

    def _error(self, done: Recorded) -> FailedError:
        if done["kind"] == "ended":
            raise EndOfRun(done["result"])
        if done["kind"] == "again":
            raise RunAgain(done["error"], done["delay"])
        if done["kind"] == "overdue":
            return OverdueError()
        return FailedError(done["error"], final=done["kind"] == "refused")

    def _let_go(self, element: str, done: Recorded) -> None:
        """What a step sent waits for its start; what a failed try had sent is on its way, as it would be in a queue."""
        messages: list[Message] = done.get("sent") or []
        self._engine.number(messages)
        if done["kind"] == "done":
            self._sent.setdefault(element, []).extend(messages)
            return
        for message in messages:
            if (element, message["run"]) in self._flow.starts:
                self._engine.enqueue(message, self._flow)


class Attempt:
    """One try of elements that are tried together."""

    def __init__(self, retry: Retry, made: int) -> None:
        self._retry = retry
        self._made = made
        self.again = False

    def __enter__(self) -> None:
        """Begin the try."""

    def __exit__(self, _cls: object, error: BaseException | None, _trace: object) -> bool:
        """Take an error that leads to another try."""
        if isinstance(error, FailedError) and not error.final and not isinstance(error, OverdueError):
            self.again = self._retry.allows(error.error, self._made)
        return self.again


def _seconds(value: Any) -> float:
    return float(value.total_seconds()) if hasattr(value, "total_seconds") else float(value)


@contextmanager
def described(kinds: dict[str, Any]) -> Generator[None]:
    """Put down in `kinds` how a part of a run ends, whatever way it takes."""
    try:
        yield
    except EndOfRun as end:
        kinds.update(kind="ended", result=end.result)
    except RunAgain as again:
        kinds.update(kind="again", error=again.error, delay=again.delay)
    except OverdueError as late:
        kinds.update(kind="overdue", error=late.error)
    except FailedError as failed:
        kinds.update(kind="refused" if failed.final else "failed", error=failed.error)
