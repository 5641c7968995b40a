"""Machines of work that comes after other work wait for it, and take what it has returned."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from exporters.canonical.plan import plan_of
from exporters.stepfunctions.elements import logical
from exporters.stepfunctions.machine import machine
from exporters.stepfunctions.runtime.handler import serving
from exporters.worker.performing import Workers
from tests.exporters import ordered
from tests.exporters.ordered import CASES, Ordered
from tests.exporters.stepfunctions.engine import engine


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    folder = tmp_path_factory.mktemp("backend")
    ordered.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder
        sys.modules.pop(ordered.MODULE, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_what_comes_after_waits_for_what_comes_before(case: Ordered, backend: Path) -> None:
    ordered.forget(backend)
    definition = case.definition
    machines = {logical(run.id): machine(run, definition) for run in definition.runs}
    with engine(machines, serving(Workers(plan_of(definition)))) as running:
        told = running.run(logical(definition.start), {"value": 1}, seconds=60)
    assert told["status"] == "SUCCEEDED"
    case.check(backend)
