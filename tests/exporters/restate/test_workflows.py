"""An exported package on a real Restate server does what its definitions mean."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Generator
from typing import Any

import pytest

from exporters.restate.export import write
from tests.engines import packages, restate
from tests.exporters.semantics import ALL_CASES, INPUT, Backend, Case, check, numbered
from tests.ports import free_ports


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[restate.Server, Backend]]:
    folder = tmp_path_factory.mktemp("restate")
    backend = Backend(folder / "backend")
    backend.write()
    packages.write(write(numbered(ALL_CASES)).artifacts, folder / "package")
    (port,) = free_ports(1)
    with (
        restate.server(folder) as server,
        packages.served(folder / "package", backend.folder, "Running on", "--bind", f"127.0.0.1:{port}"),
    ):
        _post(f"{server.admin}/deployments", {"uri": f"http://127.0.0.1:{port}"})
        yield server, backend


def _post(url: str, given: object) -> Any:
    request = urllib.request.Request(
        url, data=json.dumps(given).encode(), headers={"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.case)
def test_the_workflow_does_what_the_definition_means(case: Case, serving: tuple[restate.Server, Backend]) -> None:
    server, backend = serving
    backend.expect(case)
    try:
        status = "ok"
        result = _post(f"{server.ingress}/case_{ALL_CASES.index(case) + 1}.main/one/run", {"input": INPUT})
    except urllib.error.HTTPError:
        status, result = "failed", None
    check(case, backend.calls(), status, result)
