"""A Temporal server on loopback: the development server of Temporal's own command line, where it is installed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.processes import is_open, program, running
from tests.ports import free_ports


@contextmanager
def server(folder: Path) -> Generator[str]:
    """Start the server with its database in the folder; its address."""
    found = program("temporal", "TEMPORAL_CLI")
    if found is None:
        pytest.skip("Temporal's command line is not installed: `.ci/engines` puts it into build/tools")
    (port,) = free_ports(1)
    options = ["--headless", "--ip", "127.0.0.1", "--log-level", "error", "--db-filename", str(folder / "temporal.db")]
    command = [found, "server", "start-dev", "--port", str(port), *options]
    with running(command, folder / "temporal.log", lambda: is_open(port)):
        yield f"127.0.0.1:{port}"
