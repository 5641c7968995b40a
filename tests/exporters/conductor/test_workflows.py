"""An exported package on a real Conductor server does what its definitions mean."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from exporters.canonical.records import Definition
from exporters.conductor.export import write
from exporters.conductor.runtime.ordering import named
from tests.engines import conductor, conductor_api, packages
from tests.exporters import ordered
from tests.exporters.ordered import Ordered
from tests.exporters.semantics import CASES, INPUT, Backend, Case, check, numbered


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with conductor.server(tmp_path_factory.mktemp("conductor")) as found:
        yield found.address


@contextmanager
def _served(definitions: list[Definition], folder: Path, backend: Path, address: str) -> Generator[None]:
    packages.write(write(definitions).artifacts, folder)
    command = [sys.executable, "-m", "workers", "register", "--server", address]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    with packages.served(folder, backend, "serving", "--server", address):
        yield


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


def test_each_workflow_does_what_its_definition_means(address: str, tmp_path: Path) -> None:
    # One test, not one for each case: tests that run side by side would each start a server.
    backend = Backend(tmp_path / "backend")
    backend.write()
    with _served(numbered(), tmp_path / "package", backend.folder, address):
        found = [fault for case in CASES if (fault := _faults(case, address, backend))]
    assert not found, "\n".join(found)


_LEFT = Ordered(
    "what a step has sent before it fails stays sent",
    "add.delay(1, 2); chain(add.s(3, 4), add.s(5))(); raise OSError('down')",
    ("add",),
    (("add 1 2", "add 3 4"), "add 7 5"),
)
_TEXTS = Ordered(
    "what messages hold is only text",
    "total.delay(['${workflow.input.message.id}'], '$${x}'); chain(total.s(['${m1}'], '#{x}'), total.s('{{ x }}'))()",
    ("total",),
    (("total ['${workflow.input.message.id}'] $${x}", "total ['${m1}'] #{x}"), "total ['${m1}'] {{ x }}"),
)


def test_what_comes_after_waits_for_what_comes_before(address: str, tmp_path: Path) -> None:
    cases = {f"ordered_{number}": case for number, case in enumerate((*ordered.CASES, _LEFT, _TEXTS), 1)}
    definitions = [msgspec.structs.replace(case.definition, name=name) for name, case in cases.items()]
    backend = tmp_path / "backend"
    ordered.write(backend)
    with _served(definitions, tmp_path / "package", backend, address):
        for (flow, case), definition in zip(cases.items(), definitions, strict=True):
            ordered.forget(backend)
            identifier = conductor_api.started(address, f"{flow}.main", {"value": 1})
            expected = "FAILED" if case is _LEFT else "COMPLETED"
            assert conductor_api.ended(address, identifier, 90)["status"] == expected
            names = [named(flow), *(f"{flow}.{run.id}" for run in definition.runs)]
            conductor_api.all_ended(address, names, 90)
            case.check(backend)
