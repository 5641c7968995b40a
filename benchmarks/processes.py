"""What a command costs: CPU seconds of all its processes, wall time, and the most memory that they held together."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU and wall seconds, megabytes."""

    cpu: float
    wall: float
    memory: float


def measure(command: Sequence[str]) -> Usage:
    """Runs the command with its output thrown away; fails when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        watcher = _Memory(process.pid)
        watcher.start()
        # wait4 gives the usage of this child and of all children that it has waited for itself.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watcher.stop()
    wall = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return Usage(usage.ru_utime + usage.ru_stime, wall, max(watcher.most, usage.ru_maxrss / 1024))


def instructions(command: Sequence[str]) -> int:
    """How many instructions the command's processes execute, by Valgrind; the same on any day, but for a few per mille.

    Raises:
        OSError: where there is no Valgrind.
    """
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    whole = [*counting, "--trace-children=yes", *command]
    done = subprocess.run(whole, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return sum(int(count.replace(",", "")) for count in re.findall(r"I +refs: +([\d,]+)", done.stderr))


class _Memory(threading.Thread):
    """Looks again and again at the resident memory of a process and of all its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self.most = 0.0

    def run(self) -> None:
        while not self._done.wait(EVERY):
            self.most = max(self.most, sum(_resident(pid) for pid in _family(self._pid)))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            for task in tasks:
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _resident(pid: int) -> float:
    """Megabytes; pages that forked processes share are divided among them where the system says how."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0
