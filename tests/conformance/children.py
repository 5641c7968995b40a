"""Real child processes of a run: started, waited for, killed by their own handle, never by a name."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

PARENT_SECONDS = 2
"""A parent that ends when a process which it forked is killed does so at once."""


class Child:
    """A process with all that it starts, in a group of its own, and its log."""

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self.arguments = list(arguments)
        self.log = log
        self._environment, self._folder = dict(environment), folder
        self._lock = threading.Lock()
        self._is_over = False
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.arguments,
                env=self._environment,
                cwd=self._folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def restart(self) -> None:
        """Start it again after it was killed; nothing is started any more once the run is over."""
        with self._lock:
            if not self._is_over:
                self._end()
                self.process = self._started()

    def holder_of(self, port: int) -> psutil.Process | None:
        """Which of its processes has a connection from that local port."""
        try:
            main = psutil.Process(self.process.pid)
            family = [*main.children(recursive=True), main]
        except psutil.NoSuchProcess:
            return None
        return next((one for one in family if port in _ports_of(one)), None)

    def ends(self, seconds: float) -> bool:
        """Whether its main process ends by itself within so many seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End it, and what it started, for good."""
        with self._lock:
            self._is_over = True
            self._end()

    def _end(self) -> None:
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self.process.wait(5)


def _ports_of(process: psutil.Process) -> set[int]:
    try:
        return {one.laddr.port for one in process.net_connections("tcp") if one.laddr}
    except psutil.Error:
        return set()


def stop_all(children: Iterable[Child]) -> None:
    """End processes side by side: some take a while to end."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(Child.stop, children))


def kill_holder(children: Mapping[str, Child], port: int) -> str | None:
    """Kill -9 the process that has a connection from that local port; the child's name if it has ended by that.

    A worker that was forked is replaced by its parent (Celery), or its parent ends too, for a supervisor to start it
    again (Dramatiq).
    """
    for name, child in children.items():
        holder = child.holder_of(port)
        if holder is not None:
            holder.kill()
            return name if child.ends(10 if holder.pid == child.process.pid else PARENT_SECONDS) else None
    raise AssertionError(f"no process of the run has a connection from port {port}")


def answers_on(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until a condition holds; a failed assertion says for what in vain."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"waited {seconds} s for {what}"
        time.sleep(0.02)
