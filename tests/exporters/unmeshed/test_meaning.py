"""An exported package, served by the official SDK to a simulation of the server, does what its definitions mean."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from exporters.base import ExportResult
from exporters.unmeshed.export import write
from tests.engines import packages, unmeshed
from tests.exporters.semantics import CASES, INPUT, Backend, Case, check, numbered

LOST = {
    "a run is tried again but for errors that are left out": "retry",
    "a run is tried again from its first element on": "retry-of-pieces",
}
"""The cases that Unmeshed can't say, and the loss that tells so."""


@pytest.fixture(scope="module")
def result() -> ExportResult:
    return write(numbered())


@pytest.fixture(scope="module")
def serving(
    tmp_path_factory: pytest.TempPathFactory, result: ExportResult
) -> Generator[tuple[unmeshed.Simulation, Backend]]:
    folder = tmp_path_factory.mktemp("unmeshed")
    backend = Backend(folder / "backend")
    backend.write()
    packages.write(result.artifacts, folder / "package")
    queues = unmeshed.Queues()
    with (
        unmeshed.scripts() as scripts,
        unmeshed.served(queues) as variables,
        unmeshed.working(folder / "package", backend.folder, variables),
    ):
        yield unmeshed.simulation(folder / "package", queues, scripts), backend


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_process_does_what_the_definition_means(case: Case, serving: tuple[unmeshed.Simulation, Backend]) -> None:
    simulation, backend = serving
    number = CASES.index(case) + 1
    backend.expect(case)
    record = simulation.run(f"case_{number}", INPUT)
    if case.case in LOST:
        assert LOST[case.case] in {loss.code for loss in write([case.definition]).losses}
        return
    status = "ok" if record["status"] == "COMPLETED" else "failed"
    check(case, backend.calls(), status, record.get("output", {}).get("result"))
