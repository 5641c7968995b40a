"""An exported package on a real Conductor server does what its definitions mean."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest

from exporters.conductor.export import write
from tests.engines import conductor, packages
from tests.exporters.semantics import CASES, INPUT, Backend, Case, check, numbered


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, Backend]]:
    folder = tmp_path_factory.mktemp("conductor")
    backend = Backend(folder / "backend")
    backend.write()
    packages.write(write(numbered()).artifacts, folder / "package")
    with conductor.server(folder) as address:
        command = [sys.executable, "-m", "workers", "register", "--server", address]
        subprocess.run(command, cwd=folder / "package", check=True, timeout=120)
        with packages.served(folder / "package", backend.folder, "serving", "--server", address):
            yield address, backend


def _call(url: str, given: object = None) -> Any:
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode()
    return text if given is not None else json.loads(text)


def _run(address: str, workflow: str, seconds: float = 90) -> dict[str, Any]:
    identifier = _call(f"{address}/api/workflow", {"name": workflow, "version": 1, "input": {"input": INPUT}})
    end = time.monotonic() + seconds
    while (found := _call(f"{address}/api/workflow/{identifier}?includeTasks=false"))["status"] == "RUNNING":
        assert time.monotonic() < end, _call(f"{address}/api/workflow/{identifier}?includeTasks=true")
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_workflow_does_what_the_definition_means(case: Case, serving: tuple[str, Backend]) -> None:
    address, backend = serving
    backend.expect(case)
    told = _run(address, f"case_{CASES.index(case) + 1}.main")
    is_well = told["status"] == "COMPLETED"
    check(case, backend.calls(), "ok" if is_well else "failed", told["output"].get("result") if is_well else None)
