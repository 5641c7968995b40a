"""Exported workflows, run as the specification says, do what their definitions mean."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import yaml

from exporters.serverlessworkflow.export import write
from tests.engines import packages
from tests.engines.serverless_workflow import Fault, Runtime
from tests.exporters.semantics import CASES, INPUT, Backend, Case, check, numbered
from tests.ports import free_ports


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Runtime, Backend]]:
    folder = tmp_path_factory.mktemp("serverlessworkflow")
    backend = Backend(folder / "backend")
    backend.write()
    artifacts = write(numbered()).artifacts
    packages.write(artifacts, folder / "package")
    documents = [yaml.safe_load(a.text) for a in artifacts if a.path.startswith("workflows/")]
    (port,) = free_ports(1)
    with packages.served(folder / "package", backend.folder, "serving", "--bind", f"127.0.0.1:{port}"):
        yield Runtime(documents, f"http://127.0.0.1:{port}"), backend


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_workflow_does_what_the_definition_means(case: Case, serving: tuple[Runtime, Backend]) -> None:
    runtime, backend = serving
    backend.expect(case)
    result: Any = None
    try:
        result = runtime.run(f"case-{CASES.index(case) + 1}", "main", {"input": INPUT})["result"]
        status = "ok"
    except Fault:
        status = "failed"
    check(case, backend.calls(), status, result)
