"""Servers of engines as processes of the tests: started on free ports of loopback, ended by their handles."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "build" / "tools"
"""Where `.ci/engines` puts programs of engines."""


def program(name: str, variable: str) -> str | None:
    """A program: named by a variable of the environment, on the path, or in build/tools."""
    return os.environ.get(variable) or shutil.which(name) or shutil.which(name, path=str(TOOLS))


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    is_ready: Callable[[], bool],
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    user: str | None = None,
    seconds: float = 60,
) -> Generator[subprocess.Popen[bytes]]:
    """A process that is ready; its output goes to the log, and it ends with the block. It may run as another user."""
    with log.open("ab") as output:
        environment = {**os.environ, **(variables or {})}
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, user=user
        )
        try:
            end = time.monotonic() + seconds
            while not is_ready():
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < end, f"not ready after {seconds:g} s: {log.read_text()[-3000:]}"
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
