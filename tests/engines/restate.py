"""A Restate server on loopback: the real one, as npm brings it, where it is installed."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engines.processes import program, running
from tests.ports import free_ports


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    admin: str
    ingress: str


@contextmanager
def server(folder: Path) -> Generator[Server]:
    """Start the server with its data in the folder."""
    found = program("restate-server", "RESTATE_SERVER")
    if found is None:
        pytest.skip("Restate's server is not installed: `.ci/engines` puts it into build/tools")
    admin, ingress, node = free_ports(3)
    variables = {
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}",
        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node}",
        "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node}",
    }
    command = [found, "--base-dir", str(folder / "restate"), "--no-logo", "--listen-mode", "tcp"]
    health = f"http://127.0.0.1:{admin}/health"
    with running(command, folder / "restate.log", lambda: _answers(health), variables=variables):
        yield Server(f"http://127.0.0.1:{admin}", f"http://127.0.0.1:{ingress}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
