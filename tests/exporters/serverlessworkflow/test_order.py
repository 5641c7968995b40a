"""Work that comes after other work waits for it, and takes what it has returned."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from exporters.serverlessworkflow.export import write
from tests.engines import packages
from tests.engines.serverless_workflow import Runtime
from tests.exporters import ordered
from tests.exporters.ordered import CASES, Ordered
from tests.ports import free_ports


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Runtime, Path]]:
    folder = tmp_path_factory.mktemp("serverlessworkflow")
    ordered.write(folder / "backend")
    artifacts = write(ordered.numbered()).artifacts
    packages.write(artifacts, folder / "package")
    documents = [yaml.safe_load(a.text) for a in artifacts if a.path.startswith("workflows/")]
    (port,) = free_ports(1)
    with packages.served(folder / "package", folder / "backend", "serving", "--bind", f"127.0.0.1:{port}"):
        yield Runtime(documents, f"http://127.0.0.1:{port}"), folder / "backend"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_what_comes_after_waits_for_what_comes_before(case: Ordered, serving: tuple[Runtime, Path]) -> None:
    runtime, backend = serving
    ordered.forget(backend)
    runtime.run(f"case-{CASES.index(case) + 1}", "main", {"input": {"value": 1}})
    end = time.monotonic() + 60
    while runtime.is_busy() and time.monotonic() < end:
        time.sleep(0.02)
    case.check(backend)
