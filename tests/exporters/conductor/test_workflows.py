"""An exported package on a real Conductor server does what its definitions mean."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator

import pytest

from exporters.conductor.export import write
from tests.engines import conductor, conductor_api, packages
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


def _faults(case: Case, address: str, backend: Backend) -> str:
    backend.expect(case)
    identifier = conductor_api.started(address, f"case_{CASES.index(case) + 1}.main", INPUT)
    try:
        told = conductor_api.ended(address, identifier, 90)
        is_well = told["status"] == "COMPLETED"
        check(case, backend.calls(), "ok" if is_well else "failed", told["output"].get("result") if is_well else None)
    except AssertionError as fault:
        return f"{case.case}: {fault}"
    return ""


def test_each_workflow_does_what_its_definition_means(serving: tuple[str, Backend]) -> None:
    # One test, not one for each case: tests that run side by side would each start a server.
    found = [fault for case in CASES if (fault := _faults(case, *serving))]
    assert not found, "\n".join(found)
