"""A Temporal server on loopback: the development server of Temporal's own command line, where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

_TOOLS = Path(__file__).parents[2] / "build" / "tools"


def command() -> str | None:
    """Temporal's command line: named by TEMPORAL_CLI, on the path, or put into build/tools by `.ci/engines`."""
    named = os.environ.get("TEMPORAL_CLI")
    return named or shutil.which("temporal") or shutil.which("temporal", path=str(_TOOLS))


@contextmanager
def server(folder: Path) -> Generator[str]:
    """Start the server with its database in the folder; its address."""
    program = command()
    if program is None:
        pytest.skip("Temporal's command line is not installed: `.ci/engines` puts it into build/tools")
    port = free_port()
    options = ["--headless", "--ip", "127.0.0.1", "--log-level", "error", "--db-filename", str(folder / "temporal.db")]
    with (folder / "temporal.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", "start-dev", "--port", str(port), *options], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, folder / "temporal.log")
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
