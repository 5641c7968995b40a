"""An exported package on a real Temporal server does what its definitions mean."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError

from exporters.temporal.export import write
from tests.engines import packages, temporal
from tests.exporters.semantics import ALL_CASES, INPUT, Backend, Case, check, numbered
from tests.ports import free_ports


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Backend]]:
    folder = tmp_path_factory.mktemp("temporal")
    backend = Backend(folder / "backend")
    backend.write()
    packages.write(write(numbered(ALL_CASES)).artifacts, folder / "package")
    with (
        temporal.server(folder) as address,
        packages.served(folder / "package", backend.folder, "serving", "--address", address),
    ):
        yield address, backend


async def _run(address: str, workflow: str) -> tuple[str, Any]:
    client = await Client.connect(address)
    try:
        found = await client.execute_workflow(workflow, {"input": INPUT}, id=workflow, task_queue="workers")
    except WorkflowFailureError:
        return "failed", None
    return "ok", found


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.case)
def test_the_workflow_does_what_the_definition_means(case: Case, serving: tuple[str, Backend]) -> None:
    address, backend = serving
    backend.expect(case)
    number = ALL_CASES.index(case) + 1
    status, result = asyncio.run(asyncio.wait_for(_run(address, f"case_{number}.main"), 60))
    check(case, backend.calls(), status, result)


def test_a_command_that_reaches_no_server_says_so_and_fails(tmp_path: Path) -> None:
    packages.write(write(numbered()[:1]).artifacts, tmp_path)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "workers", "start", "case_1", "--address", f"127.0.0.1:{port}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "Failed client connect" in done.stderr
