"""What a user sees while a backend is read: a bar on a terminal, nothing in a pipe, durations when asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Tell = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and of how much (0 when unknown)."""

PATIENCE = 0.4
"""Seconds that pass in silence before a bar appears: a cached answer is there sooner."""


@contextmanager
def watch(*, timings: bool) -> Generator[Tell]:
    """What the pipeline tells its progress to."""
    watcher = _Watcher(bar=sys.stderr.isatty())
    try:
        yield watcher.tell
    finally:
        watcher.close()
        if timings:
            watcher.report()


class _Watcher:
    def __init__(self, *, bar: bool) -> None:
        self._bar = bar
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._started = self._entered = time.perf_counter()
        self._durations: dict[str, float] = {}

    def tell(self, stage: str, done: int, total: int) -> None:
        """Notes the stage and moves the bar."""
        now = time.perf_counter()
        if stage != self._stage:
            self._leave(now)
            self._stage = stage
        if self._bar and now - self._started > PATIENCE:
            self._paint(done, total)

    def close(self) -> None:
        """Takes the bar off the terminal."""
        self._leave(time.perf_counter())
        if self._progress is not None:
            self._progress.stop()

    def report(self) -> None:
        """Writes how long each stage took."""
        for stage, seconds in self._durations.items():
            print(f"{seconds:8.3f} s  {stage}", file=sys.stderr)
        print(f"{time.perf_counter() - self._started:8.3f} s  in all", file=sys.stderr)

    def _leave(self, now: float) -> None:
        if self._stage:
            self._durations[self._stage] = self._durations.get(self._stage, 0.0) + now - self._entered
        self._entered = now

    def _paint(self, done: int, total: int) -> None:
        if self._progress is None or self._task is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task(self._stage, total=None)
        self._progress.update(self._task, description=self._stage, completed=done, total=total or None)
