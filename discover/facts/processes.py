"""Parallel processes that survive any file: one that dies or hangs is replaced, and its file becomes a failure."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext

from discover.facts.failure import Failure
from discover.facts.worker import Job, answers, work

BATCH_BYTES = 200_000
"""About a twentieth of a second's work."""
DEADLINE_SECONDS = 60.0
"""For a batch, beside what its size allows; beyond it a process is taken to hang."""
SLOWEST_BYTES = 20_000
"""That a second reads at the least: a third of what newer syntax takes."""
END_SECONDS = 2.0

Batch = list[Job]
Context = ForkContext | ForkServerContext | SpawnContext


def results_of(jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, bytes | Failure]]:
    """The facts of the jobs as MessagePack, or their failures, in the order in which they get ready."""
    waiting = deque(_batches(jobs))
    context = _context()
    team: list[_Worker] = []
    try:
        while waiting or any(worker.batch for worker in team):
            while waiting and len(team) < workers:
                try:
                    team.append(_Worker(context))
                except OSError:  # The system gives no more processes.
                    workers = len(team)
                    break
                team[-1].give(waiting.popleft())
            if not team:
                yield from answers([job for batch in waiting for job in batch])
                return
            for worker in _ready(team):
                batch = worker.batch
                answer = worker.take()
                if answer is None:
                    team.remove(worker)
                    yield from _lost(batch, waiting, worker.ended())
                    continue
                if waiting:
                    worker.give(waiting.popleft())
                yield from answer
    finally:
        for worker in team:
            worker.stop()


def _lost(batch: Batch, waiting: deque[Batch], reason: str) -> Iterator[tuple[int, Failure]]:
    """A process died or hung over a batch: try its files one by one, or give up the one that it was."""
    if len(batch) > 1:
        waiting.extendleft([job] for job in reversed(batch))
    else:
        for number, path, _ in batch:
            yield number, Failure(path, 0, f"the process that read it {reason}")


def _batches(jobs: Sequence[Job]) -> Iterator[Batch]:
    """The jobs in pieces of about the same work."""
    batch: Batch = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += len(job[2])
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _context() -> Context:
    """Forking is quickest, and safe where no other thread may hold a lock; else a clean process is started."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


class _Worker:
    """A process and the batch that it is at."""

    def __init__(self, context: Context) -> None:
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.batch: Batch = []
        self.patience = 0.0
        self.deadline = 0.0

    def give(self, batch: Batch) -> None:
        """Hand over a batch; that the process is dead shows when its answer is taken."""
        self.batch = batch
        self.patience = DEADLINE_SECONDS + sum(len(content) for _, _, content in batch) / SLOWEST_BYTES
        self.deadline = time.monotonic() + self.patience
        with suppress(OSError):
            self.connection.send(batch)

    def take(self) -> list[tuple[int, bytes | Failure]] | None:
        """The answer to the batch, or None when the process died over it."""
        try:
            answer = self.connection.recv() if self.connection.poll() else None
        except (EOFError, OSError):
            return None
        if answer is not None:
            self.batch = []
        return answer

    def ended(self) -> str:
        """How the process ended, for the user."""
        if time.monotonic() >= self.deadline:
            self.stop()
            return f"took more than {self.patience:.0f} seconds"
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        self.stop()
        return f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with status {code}"

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join(END_SECONDS)


def _ready(team: list[_Worker]) -> list[_Worker]:
    """The workers that have answered, died or run out of time; waits for the first."""
    busy = [worker for worker in team if worker.batch]
    patience = min(worker.deadline for worker in busy) - time.monotonic()
    ready = wait([worker.connection for worker in busy], max(patience, 0))
    now = time.monotonic()
    return [worker for worker in busy if worker.connection in ready or worker.deadline <= now]
