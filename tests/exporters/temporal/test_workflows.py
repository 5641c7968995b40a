"""An exported package on a real Temporal server does what its definitions mean."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any

import msgspec
import pytest
from temporalio.client import Client, WorkflowFailureError

from exporters.temporal.export import write
from tests.engines import temporal
from tests.exporters.semantics import CASES, INPUT, Backend, Case, check

_DEFINITIONS = {
    case.case: msgspec.structs.replace(case.definition, name=f"Case {number}") for number, case in enumerate(CASES, 1)
}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Backend]]:
    folder = tmp_path_factory.mktemp("temporal")
    backend = Backend(folder / "backend")
    backend.folder.mkdir()
    backend.write()
    for artifact in write(list(_DEFINITIONS.values())).artifacts:
        file = folder / "package" / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text)
    with temporal.server(folder) as address, (folder / "worker.log").open("w+") as log:
        command = [sys.executable, "-m", "workers", "serve", "--root", str(backend.folder), "--address", address]
        worker = subprocess.Popen(command, cwd=folder / "package", stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + 60
            while "serving" not in (folder / "worker.log").read_text():
                assert worker.poll() is None and time.monotonic() < end, (folder / "worker.log").read_text()
                time.sleep(0.1)
            yield address, backend
        finally:
            worker.terminate()
            worker.wait(20)


async def _run(address: str, workflow: str) -> tuple[str, Any]:
    client = await Client.connect(address)
    try:
        found = await client.execute_workflow(workflow, {"input": INPUT}, id=workflow, task_queue="workers")
    except WorkflowFailureError:
        return "failed", None
    return "ok", found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_workflow_does_what_the_definition_means(case: Case, serving: tuple[str, Backend]) -> None:
    address, backend = serving
    backend.expect(case)
    number = list(_DEFINITIONS).index(case.case) + 1
    status, result = asyncio.run(asyncio.wait_for(_run(address, f"case_{number}.main"), 60))
    check(case, backend.calls(), status, result)
