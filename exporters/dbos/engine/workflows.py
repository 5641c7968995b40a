"""The workflow itself, on DBOS: one durable workflow per step, whose hops start the next ones."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from exporters.dbos.engine import database
from exporters.shared.worker.capture import RetryAsked
from exporters.shared.worker.messages import Message, Report
from exporters.shared.worker.steps import Flow, perform, policy, tries

_POLL_SECONDS = 0.05
_ACTIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})


class StepFailedError(Exception):
    """A step failed for good; its hops were followed all the same, as a queue would have done."""

    def __init__(self, step: str, error: str, attempts: int) -> None:
        super().__init__(step, error, attempts)
        self.error = error
        self.attempts = attempts


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step of a run came to."""

    id: str
    """The run's id, a dot and the numbers of the hops that led here: `lead-1.2.1`."""
    step: str
    status: str
    """DBOS's word: `SUCCESS`, `ERROR`, `PENDING`, `CANCELLED`, …"""
    result: Any = None
    error: str = ""
    attempts: int = 1
    declared: bool = True
    """False: the hop that led here is not in the definition."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run came to, its steps in the order in which they were reached."""

    id: str
    ok: bool
    steps: tuple[StepReport, ...] = field(default_factory=tuple)


class Engine:
    """One run of a flow on one database, from launch to stop.

    The run's id is the executor's as well: a launch takes up what this run has left unfinished, and never what
    another process is busy with on the same database.
    """

    def __init__(self, flow: Flow, path: Path, run_id: str = "") -> None:
        from dbos import DBOS

        self.run_id = run_id or f"{flow.name}-{uuid.uuid4()}"
        self._flow = flow
        self._dbos = DBOS
        DBOS(config=database.settings(path, self.run_id))  # type: ignore[arg-type]

        @DBOS.workflow(name=f"{flow.name}.step")
        def follow(message: Message) -> dict[str, Any]:
            return self._follow(message)

        @DBOS.workflow(name=f"{flow.name}.schedule")
        def tick(_when: datetime, _context: object) -> None:
            self._begin(f"{DBOS.workflow_id}.1", flow.message(None))

        self._workflow: Callable[[Message], dict[str, Any]] = follow
        self._tick = tick

    def launch(self) -> None:
        """Start the engine; whatever an earlier process left unfinished goes on."""
        self._dbos.launch()

    def stop(self) -> None:
        """End the engine's threads."""
        self._dbos.destroy(destroy_registry=True)

    def start(self, payload: object) -> None:
        """Begin the run; one that exists already is not begun again."""
        self._begin(self.run_id, self._flow.message(payload))

    def schedule(self) -> None:
        """Begin a run at each time that the flow's schedules name, for as long as the process lives."""
        name = self._flow.name
        wanted = [(f"{name}-{number}", text) for number, text in enumerate(self._flow.schedules, 1)]
        self._dbos.apply_schedules(
            [
                {"schedule_name": key, "workflow_fn": self._tick, "schedule": text, "context": None}
                for key, text in wanted
            ]
        )

    def wait(self, timeout: float | None = None) -> RunReport:
        """Wait until every step of the run has ended, or the time is over (then `ok` is False)."""
        limit = None if timeout is None else time.monotonic() + timeout
        while True:
            found = self._steps()
            unfinished = not found or any(step.status in _ACTIVE for step in found)
            if not unfinished or (limit is not None and time.monotonic() > limit):
                ok = bool(found) and all(step.status == "SUCCESS" for step in found)
                return RunReport(self.run_id, ok, tuple(found))
            time.sleep(_POLL_SECONDS)

    def exists(self) -> bool:
        """Whether the database knows the run."""
        return bool(self._steps())

    def _begin(self, name: str, message: Message) -> None:
        from dbos import SetWorkflowID

        with SetWorkflowID(name):
            self._dbos.start_workflow(self._workflow, message)

    def _follow(self, message: Message) -> dict[str, Any]:
        """Run one step and start those that its hops lead to. Everything that happens here is remembered by DBOS."""
        flow, dbos = self._flow, self._dbos
        if message["due"] is not None:
            dbos.sleep(max(0.0, message["due"] - time.time()))
        step = flow.step_of(message)
        report = self._attempts(message)
        for number, hop in enumerate(report["hops"], 1):
            self._begin(f"{dbos.workflow_id}.{number}", hop)
        if report["error"]:
            raise StepFailedError(step.id, report["error"], report["attempts"])
        return {"result": report["result"], "attempts": report["attempts"]}

    def _attempts(self, message: Message) -> Report:
        """All tries of a step as one DBOS step, under the step's retry policy."""
        flow = self._flow
        step = flow.step_of(message)
        retry, limit = policy(step), tries(step)
        sent: list[Message] = []
        made = 0

        def attempt() -> Report:
            nonlocal made
            made += 1
            try:
                report = perform(flow, step, message, made - 1)
            except RetryAsked as asked:
                sent.extend(asked.report["hops"])
                if made < limit:
                    raise
                report = Report(hops=[], result=None, error=f"no try left: {asked.args[0]}", attempts=made)
            report["hops"] = [*sent, *report["hops"]]
            report["attempts"] = made
            return report

        options = {
            "name": step.id,
            "retries_allowed": limit > 1,
            "max_attempts": limit,
            "interval_seconds": retry.delay,
            "backoff_rate": retry.backoff,
            "should_retry": _is_retry,
        }
        return self._dbos.run_step(options, attempt)  # type: ignore[arg-type]

    def _steps(self) -> list[StepReport]:
        run_id = self.run_id
        rows = self._dbos.list_workflows(workflow_id_prefix=run_id)
        reports = [
            self._report(row) for row in rows if row.workflow_id == run_id or row.workflow_id.startswith(f"{run_id}.")
        ]
        return sorted(reports, key=lambda report: _numbers(report.id[len(run_id) + 1 :]))

    def _report(self, row: Any) -> StepReport:  # noqa: ANN401 - DBOS's own record
        message: Message = row.input["args"][0]
        output = row.output or {}
        error, attempts = ("", int(output.get("attempts", 1))) if row.error is None else _failure(row.error)
        return StepReport(
            id=row.workflow_id,
            step=self._flow.step_of(message).id,
            status=row.status,
            result=output.get("result"),
            error=error,
            attempts=attempts,
            declared=self._flow.is_declared(message),
        )


def _failure(error: BaseException) -> tuple[str, int]:
    if isinstance(error, StepFailedError):
        return error.error, error.attempts
    return repr(error), 1


def _is_retry(error: BaseException) -> bool:
    return isinstance(error, RetryAsked)


def _numbers(path: str) -> list[int]:
    return [int(part) for part in path.split(".") if part.isdigit()]


@contextmanager
def launched(flow: Flow, path: Path, run_id: str = "") -> Generator[Engine]:
    """An engine that is stopped when the block ends."""
    engine = Engine(flow, path, run_id)
    engine.launch()
    try:
        yield engine
    finally:
        engine.stop()
