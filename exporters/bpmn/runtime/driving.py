"""Drives all open runs: pieces of code in threads, everything else in turn, each state kept before the next begins."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, cast

from exporters.bpmn.runtime.running import Outcome, Running, Work
from exporters.bpmn.runtime.specs import Processes
from exporters.bpmn.runtime.store import DROPPED, FAILED, OK, OPEN, WAITING, Kept, Store
from exporters.worker.errors import Ended, RefusedError, RetryAsked, describe
from exporters.worker.messages import Context, Message
from exporters.worker.performing import Workers, sent_before

_log = logging.getLogger(__name__)
_AT_ONCE = 16
"""Pieces that happen side by side."""
_LOOK = 0.5
"""Seconds between two looks for what has come from outside."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow of the package."""

    start: str
    workers: Workers
    processes: Processes


@dataclass(slots=True)
class _Open:
    kept: Kept
    running: Running
    pieces: dict[Any, _Piece]


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Work
    until: float | None


class Driver:
    """All runs of one file."""

    def __init__(self, store: Store, workflows: Mapping[str, Workflow]) -> None:
        self._store = store
        self._workflows = workflows
        self._open: dict[str, _Open] = {}
        self._finished: SimpleQueue[tuple[str, Any, Outcome]] = SimpleQueue()
        self._pool = ThreadPoolExecutor(_AT_ONCE)

    def start(self, workflow: str, given: object) -> str:
        """Start a workflow by a user's input; the id of the run."""
        flow = self._workflows[workflow]
        context = flow.workers.start(given)
        context["id"] = f"{workflow}-{uuid.uuid4()}"
        self._store.save((), [Kept(context["id"], workflow, flow.start, OPEN, context)])
        return context["id"]

    def ended(self, run: str) -> Kept | None:
        """The run, when it has ended."""
        kept = self._store.run(run)
        return kept if kept and kept.status not in {OPEN, WAITING} else None

    def told(self, run: str) -> dict[str, Any]:
        """How a run stands; nothing where there is none of that id."""
        kept = self._store.run(run)
        return {"status": kept.status, "result": kept.result, "error": kept.error} if kept else {}

    def under_way(self) -> int:
        """How many runs have not ended."""
        return len(self._store.runs(OPEN)) + len(self._store.runs(WAITING))

    def drive(self, is_enough: Callable[[], bool], *, stays: bool = False) -> None:
        """Go on with all open runs until it is enough, or none is left (unless it `stays` for new ones)."""
        while not is_enough():
            self._take_up()
            for one in list(self._open.values()):
                self._advance(one)
            if not self._open and not stays:
                # What has just ended may be all that another run has waited for.
                self._take_up()
                if not self._open:
                    return
            self._wait()

    def _take_up(self) -> None:
        """Open runs that are not in memory yet, and those that have waited for others."""
        for kept in self._store.runs(WAITING):
            self._look_at(kept)
        for kept in self._store.runs(OPEN):
            if kept.id not in self._open:
                processes = self._workflows[kept.workflow].processes
                workflow = processes.read(kept.state) if kept.state else processes.begin(kept.run, _beginning(kept))
                self._open[kept.id] = _Open(kept, Running(workflow, processes.result_of(kept.run)), {})

    def _look_at(self, kept: Kept) -> None:
        """Whether what a run waits for has ended."""
        origin = kept.context["origin"]
        before = [self._store.run(message) for message in origin["after"]]
        if any(one is not None and one.status in {FAILED, DROPPED} for one in before):
            self._store.save([replace(kept, status=DROPPED)])
        elif all(one is not None and one.status == OK for one in before):
            results = [one.result for one in before if one]
            arguments = dict(origin["arguments"])
            if origin.get("takes"):
                arguments[origin["takes"]] = results if origin.get("gathers") else results[0]
            due = time.time() + origin["delay"] if origin.get("delay") else origin.get("due")
            context = {**kept.context, "origin": {**origin, "arguments": arguments, "due": due}}
            self._store.save([replace(kept, status=OPEN, context=context)])

    def _advance(self, one: _Open) -> None:
        """Let a run go on, keep its state, and give its pieces to threads."""
        waiting = one.running.advance()
        self._keep(one)
        if one.running.ended is not None:
            del self._open[one.kept.id]
            return
        for work in waiting:
            if work.task.id not in one.pieces:
                until = time.monotonic() + work.limit if work.limit is not None else None
                one.pieces[work.task.id] = _Piece(work, until)
                self._begin(one.kept, work)

    def _keep(self, one: _Open) -> None:
        processes = self._workflows[one.kept.workflow].processes
        state = processes.write(one.running.workflow)
        begun = [run for messages in one.running.letting_go for run in self._begun(one.kept, *messages)]
        ended = one.running.ended
        if state == one.kept.state and ended is None and not begun:
            return
        one.running.letting_go.clear()
        if ended is not None:
            status = OK if ended["ok"] else FAILED
            one.kept = replace(
                one.kept, status=status, result=ended.get("result"), error=ended.get("error"), state=None
            )
            if status == FAILED:
                _log.error("%s has failed: %s", one.kept.id, (ended.get("error") or {}).get("message"))
        else:
            one.kept = replace(one.kept, state=state)
        self._store.save([one.kept], begun)

    def _begun(self, kept: Kept, run: str, messages: list[Message]) -> list[Kept]:
        processes = self._workflows[kept.workflow].processes
        found: list[Kept] = []
        for message in messages:
            if message["run"] != run and (run or message["run"] not in processes.starts_of(message["of"])):
                continue
            context = Context(id=message["id"], attempt=0, origin=cast("dict[str, Any]", message))
            status = WAITING if message.get("after") else OPEN
            found.append(Kept(message["id"], kept.workflow, message["run"], status, context))
        return found

    def _begin(self, kept: Kept, work: Work) -> None:
        workers = self._workflows[kept.workflow].workers
        future: Future[Outcome] = self._pool.submit(_outcome, workers, work)
        future.add_done_callback(lambda done: self._finished.put((kept.id, work.task.id, done.result())))

    def _wait(self) -> None:
        """Until a piece has ended, a timer or a limit is due, or it is time to look for something new."""
        times = [due for one in self._open.values() if (due := one.running.wakes_at()) is not None]
        limits = [piece.until for one in self._open.values() for piece in one.pieces.values() if piece.until]
        left = [*(due - time.time() for due in times), *(until - time.monotonic() for until in limits), _LOOK]
        try:
            name, task, outcome = self._finished.get(timeout=max(0.0, min(left)) + 0.001)
        except Empty:
            self._end_late_ones()
        else:
            self._apply(name, task, outcome)

    def _end_late_ones(self) -> None:
        for one in list(self._open.values()):
            for task, piece in list(one.pieces.items()):
                if piece.until is not None and piece.until <= time.monotonic():
                    error = TimeoutError(f"not done within {piece.work.limit:g} s")
                    self._apply(one.kept.id, task, {"kind": "failed", "described": describe(error), "sent": []})

    def _apply(self, name: str, task: Any, outcome: Outcome) -> None:
        one = self._open.get(name)
        piece = one.pieces.pop(task, None) if one else None
        if one is None or piece is None:
            return
        for message in outcome.get("done", outcome).get("sent") or ():
            if not message["run"]:
                _log.warning("work was sent to %s, which no run of the definition receives", message["name"])
        one.running.apply(piece.work.task, outcome)

    def close(self) -> None:
        """Let go of the file; pieces under way are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._store.close()


def _beginning(kept: Kept) -> dict[str, Any]:
    due = kept.context["origin"].get("due") or 0
    when = datetime.fromtimestamp(due, UTC).isoformat()
    return {"vars": {}, "sent": {}, "tries": {}, "context": kept.context, "due": when}


def _outcome(workers: Workers, work: Work) -> Outcome:
    """Do a piece, and tell how it ended."""
    threading.current_thread().name = f"piece {work.step}"
    try:
        if work.do == "answer":
            return {"done": workers.answer(work.step, work.error, work.context)}
        return {"done": workers.perform(work.step, work.inputs, work.context)}
    except Ended as end:
        return {"kind": "ended", "result": end.result, "sent": end.sent}
    except RetryAsked as asked:
        return {"kind": "again", "described": workers.describe(asked), "delay": asked.delay, "sent": asked.sent}
    except RefusedError as refused:
        return {"kind": "refused", "described": describe(refused)}
    except Exception as error:  # noqa: BLE001 - whatever the backend's code raises
        if work.do == "answer":
            return {"kind": "failed", "described": work.error, "sent": []}
        return {"kind": "failed", "described": workers.describe(error), "sent": sent_before(error)}
