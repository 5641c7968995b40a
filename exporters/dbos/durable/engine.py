"""A workflow on DBOS: each run is a durable workflow, and so is each part that happens side by side."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from exporters.dbos.durable import database
from exporters.dbos.durable.registry import Flow, RunFlow
from exporters.dbos.durable.running import Running, described
from exporters.worker.flowing import EndOfRun, FailedError, Outputs, RunAgain
from exporters.worker.messages import Context, Message

_POLL_SECONDS = 0.05
_AFTER_SECONDS = 0.25
"""Between two looks at what a run comes after: nobody is kept waiting by it."""
_SHORTEST_SLEEP = 0.001
ACTIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})
Watcher = Callable[[str, str, int, bool], None]
"""Is told of a workflow's id, an element, the number of the try, and whether it begins or has ended."""


class _Numbers(threading.local):
    """How many children the workflow that this thread runs has had; a thread runs one at a time."""

    count = 0


class Engine:
    """One process's hold on one database, from launch to stop.

    The executor's name is what a launch goes by: it takes up what a process of that name has left unfinished, and
    never what another one is busy with on the same database.
    """

    def __init__(self, flow: Flow, where: str, executor: str = "", *, watcher: Watcher | None = None) -> None:
        from dbos import DBOS

        self.flow = flow
        self.executor = executor or f"{flow.name}-{uuid.uuid4()}"
        self._dbos = DBOS
        self._watcher = watcher
        self._numbers = _Numbers()
        # Runs of one process share its queue; a process of another name, or of another definition, leaves them alone.
        self._queue = f"{flow.name}-{flow.digest[:12]}-{self.executor}"
        DBOS(config=database.settings(where, self.executor))  # type: ignore[arg-type]

        @DBOS.workflow(name=f"{flow.name}.run")
        def follow(run: str, context: Context, after: list[str], _kept: dict[str, str]) -> dict[str, Any]:
            return self._follow(run, context, after)

        @DBOS.workflow(name=f"{flow.name}.part")
        def part(
            run: str,
            name: str,
            variables: dict[str, Any],
            context: Context,
            sent: dict[str, list[Message]],
            until: float | None = None,
        ) -> dict[str, Any]:
            return self._part(name, variables, Running(self, flow.runs[run], context, sent, until))

        @DBOS.workflow(name=f"{flow.name}.schedule")
        def tick(_when: datetime, _context: object) -> None:
            self._begin(f"{DBOS.workflow_id}.1", flow.workers.start(None))

        self._run_workflow: Callable[..., Any] = follow
        self._part_workflow: Callable[..., Any] = part
        self._piece_workflow, self._pause_workflow = self._aside(DBOS)
        self._tick = tick

    def _aside(self, dbos: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Register what branches of generated flows do: one step, and one wait."""

        @dbos.workflow(name=f"{self.flow.name}.piece")
        def piece(
            element: str,
            inputs: dict[str, Any],
            run: str,
            context: Context,
            limit: float | None = None,
            until: float | None = None,
        ) -> dict[str, Any]:
            running = Running(self, self.flow.runs[run], context, until=until)
            self._numbers.count = 0
            done = self.record(element, lambda: running.attempt(element, inputs, limit))
            self.number(done.get("sent") or [])
            return done

        @dbos.workflow(name=f"{self.flow.name}.pause")
        def pause(seconds: float, until: float | None = None) -> bool:
            return self.slept(seconds, until)

        return piece, pause

    def launch(self) -> None:
        """Start the engine; whatever an earlier process of this name left unfinished goes on."""
        self._dbos.listen_queues([self._queue])
        self._dbos.launch()
        self._dbos.register_queue(self._queue, polling_interval_sec=_POLL_SECONDS)

    def stop(self) -> None:
        """End the engine's threads."""
        self._dbos.destroy(destroy_registry=True)

    def start(self, payload: object, run_id: str = "") -> str:
        """Begin a run; one that exists already is not begun again. Its id."""
        return self.start_in(self.flow.workers.start(payload), run_id)

    def start_in(self, context: Context, run_id: str = "") -> str:
        """Begin a run in a context that is made already."""
        name = run_id or self.executor
        self._begin(name, context)
        return name

    def result(self, run_id: str) -> dict[str, Any]:
        """Wait until the first run of a workflow has ended: `kind`, and `result` or `error`."""
        return _result(self._dbos.retrieve_workflow(run_id))

    def schedule(self) -> None:
        """Begin a run at each time that the flow's schedules name, for as long as the process lives."""
        self._dbos.apply_schedules(
            [
                {
                    "schedule_name": f"{self.flow.name}-{number}",
                    "workflow_fn": self._tick,
                    "schedule": text,
                    "context": None,
                }
                for number, text in enumerate(self.flow.schedules, 1)
            ]
        )

    def wait(self, run_id: str, timeout: float | None = None) -> bool:
        """Wait until all runs of a workflow have ended; False when the time is over before."""
        limit = None if timeout is None else time.monotonic() + timeout
        while any(row.status in ACTIVE for row in self._rows(run_id)):
            if limit is not None and time.monotonic() > limit:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def exists(self, run_id: str) -> Any:
        """The engine's record of a run; None when the database does not know it."""
        return next(iter(self._dbos.list_workflows(workflow_ids=[run_id], load_input=True)), None)

    def report(self, run_id: str) -> Any:
        """What has happened to a run until now; None when the database does not know it."""
        from exporters.dbos.durable.history import report

        return report(self._dbos, run_id)

    def record(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do something once, and remember under this name what came of it."""
        return self._dbos.run_step({"name": name}, work)

    def sleep(self, seconds: float) -> None:
        """Wait, also across a crash. What is over already is waited for as well: it is remembered as it was begun."""
        self._dbos.sleep(max(_SHORTEST_SLEEP, seconds))

    def slept(self, seconds: float, until: float | None) -> bool:
        """Wait, but not beyond that time; whether it came first."""
        if until is None:
            self.sleep(seconds)
            return False
        left = until - self.now()
        self.sleep(min(seconds, left))
        return left < seconds

    def now(self) -> float:
        """Seconds since 1970, the same again after a crash."""
        return self.record("now", lambda: {"kind": "now", "at": time.time()})["at"]

    def piece(self, name: str, *told: Any) -> dict[str, Any]:
        """Do one step as a workflow of this name, or give what came of it when it is done already."""
        from dbos import SetWorkflowID

        with SetWorkflowID(name):
            return _result(self._dbos.start_workflow(self._piece_workflow, *told))

    def pause(self, name: str, seconds: float, until: float | None) -> bool:
        """Wait as a workflow of this name, as `slept`."""
        from dbos import SetWorkflowID

        with SetWorkflowID(name):
            return _result(self._dbos.start_workflow(self._pause_workflow, seconds, until))

    @contextmanager
    def watched(self, element: str, made: int) -> Generator[None]:
        """Tell whoever looks on that a step is under way."""
        told = (self._dbos.workflow_id or "", element, made)
        if self._watcher:
            self._watcher(*told, True)
        try:
            yield
        finally:
            if self._watcher:
                self._watcher(*told, False)

    def number(self, messages: list[Message]) -> None:
        """Give each message the id of the workflow that it will start: whatever comes after it can name it then."""
        ids: dict[str, str] = {}
        for message in messages:
            ids[message["id"]] = message["id"] = self._next_child()
        for message in messages:
            if "after" in message:
                message["after"] = [ids.get(other, other) for other in message["after"]]

    def enqueue(self, message: Message, flow: RunFlow) -> None:
        """Start the run that a message is for, once its time has come."""
        from dbos import SetWorkflowID

        if message["run"] not in self.flow.runs or (message["of"], message["run"]) not in flow.starts:
            return
        context = Context(id=message["id"], attempt=0, origin=dict(message))
        with SetWorkflowID(message["id"]):
            self._dbos.enqueue_workflow(
                self._queue, self._run_workflow, message["run"], context, message.get("after") or [], {}
            )

    def side_by_side(
        self,
        parts: list[tuple[str, dict[str, Any]]],
        flow: RunFlow,
        context: Context,
        sent: dict[str, list[Message]],
        until: float | None,
    ) -> list[dict[str, Any]]:
        """Parts of a run as workflows of their own; how each of them ended."""
        from dbos import SetWorkflowID

        handles: list[Any] = []
        for name, variables in parts:
            with SetWorkflowID(self._next_child()):
                told = (flow.id, name, variables, context, sent, until)
                started = self._dbos.start_workflow(self._part_workflow, *told)
                handles.append(started)
        return [_result(handle) for handle in handles]

    def _begin(self, run_id: str, context: Context) -> None:
        from dbos import SetWorkflowID

        flow = self.flow
        kept = {"digest": flow.digest, "definition": flow.definition}
        with SetWorkflowID(run_id):
            self._dbos.start_workflow(self._run_workflow, flow.plan.start, {**context, "id": run_id}, [], kept)

    def _next_child(self) -> str:
        self._numbers.count += 1
        return f"{self._dbos.workflow_id}.{self._numbers.count}"

    def _follow(self, run: str, context: Context, after: list[str]) -> dict[str, Any]:
        """One run, with all its tries. Everything that happens here is remembered by DBOS."""
        self._numbers.count = 0
        origin = context["origin"]
        if after and not self._came_after(after, origin):
            return {"kind": "dropped", "tries": 0}
        if origin.get("due"):
            self.sleep(origin["due"] - time.time())
        flow = self.flow.runs[run]
        made = 0
        while True:
            made += 1
            running = Running(self, flow, {**context, "attempt": made - 1})
            try:
                running.begin()
                return {"kind": "ended", "result": flow.body(running), "tries": made}
            except EndOfRun as end:
                return {"kind": "ended", "result": end.result, "tries": made}
            except RunAgain as again:
                error, asked, final = again.error, again, False
            except FailedError as failed:
                error, asked, final = failed.error, None, failed.final
            pause = None if final else self._pause(flow, error, asked, made)
            if pause is None:
                return self._failed(flow, running, context, FailedError(error, final=final), made)
            self.sleep(pause)

    def _pause(self, flow: RunFlow, error: Any, asked: RunAgain | None, made: int) -> float | None:
        """Seconds until the run's next try; None when there is none. What code asks for needs no policy."""
        retry = flow.retry
        if asked is not None:
            if retry is not None and retry.attempts is not None and made >= retry.attempts:
                return None
            if asked.delay is not None:
                return asked.delay
            return retry.pause(made) if retry else 0.0
        if retry is None or not retry.allows(error, made):
            return None
        drawn = self.record("retry", lambda: {"kind": "draw", "draw": _draw()}) if retry.jitter else {"draw": 1.0}
        return retry.pause(made, drawn["draw"])

    def _failed(
        self, flow: RunFlow, running: Running, context: Context, failed: FailedError, made: int
    ) -> dict[str, Any]:
        """The run has failed for good: the framework answers, or what the definition says on failure happens."""
        ended: dict[str, Any] = {"kind": "failed", "error": failed.error, "tries": made}
        if flow.request and not failed.final:
            answer = self.record(f"{flow.id}.answer", lambda: self._answer(flow, context, failed))
            if answer["kind"] == "ended":
                return {**answer, "tries": made}
        if flow.failed is not None:
            running.error, running.until = failed.value, None
            with described(later := {}):
                flow.failed(running)
            if later.get("kind") in {"failed", "refused"}:
                ended["then"] = later["error"]
        return ended

    def _answer(self, flow: RunFlow, context: Context, failed: FailedError) -> dict[str, Any]:
        try:
            return {"kind": "ended", "result": self.flow.workers.answer(flow.id, failed.error, context)}
        except Exception:  # noqa: BLE001 - the framework has no answer: the error stays what it was
            return {"kind": "unanswered"}

    def _part(self, name: str, variables: dict[str, Any], running: Running) -> dict[str, Any]:
        self._numbers.count = 0
        end: dict[str, Any] = {"kind": "done", "outputs": {}}
        with described(end):
            end.update(running.part_end(self.flow.parts[name](running, Outputs(variables))))
        return {**end, "sent": running.sent}

    def _came_after(self, others: list[str], origin: dict[str, Any]) -> bool:
        """Wait for the runs that this one comes after, and take what they returned; False when one of them failed."""
        ends = [_result(self._dbos.retrieve_workflow(other), _AFTER_SECONDS) for other in others]
        if any(end["kind"] != "ended" for end in ends):
            return False
        if origin.get("takes"):
            results = [end["result"] for end in ends]
            origin["arguments"][origin["takes"]] = results if origin.get("gathers") else results[-1]
        self.sleep(origin.get("delay") or 0.0)
        return True

    def _rows(self, run_id: str) -> list[Any]:
        return rows_of(self._dbos, run_id)


def _result(handle: Any, every: float = _POLL_SECONDS) -> Any:
    """What a workflow gives; the store is asked for it often where somebody waits for an answer."""
    return handle.get_result(polling_interval_sec=every)


def rows_of(dbos: Any, run_id: str) -> list[Any]:
    """The workflows of one run: its own, and those whose ids are its id with numbers behind."""
    found = dbos.list_workflows(workflow_id_prefix=run_id, load_input=True)
    return [row for row in found if row.workflow_id == run_id or _numbers(row.workflow_id, run_id)]


def _numbers(workflow_id: str, run_id: str) -> bool:
    rest = workflow_id.removeprefix(f"{run_id}.")
    return rest != workflow_id and all(part.isdigit() for part in rest.split("."))


def _draw() -> float:
    import random

    return random.random()  # noqa: S311 - a pause, no secret
