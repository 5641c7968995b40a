"""What the machines of a definition do when Step Functions (as moto plays it) runs them."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from exporters.canonical.plan import plan_of
from exporters.stepfunctions.elements import logical
from exporters.stepfunctions.machine import machine
from exporters.stepfunctions.runtime.handler import serving
from exporters.worker.performing import Workers
from tests.exporters.semantics import CASES, INPUT, MODULE, Backend, Case, check
from tests.exporters.stepfunctions.engine import engine


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Backend]:
    made = Backend(tmp_path)
    made.write()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield made
    sys.modules.pop(MODULE, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_machine_does_what_the_definition_means(case: Case, backend: Backend) -> None:
    definition = case.definition
    backend.expect(case)
    machines = {logical(run.id): machine(run, definition) for run in definition.runs}
    with engine(machines, serving(Workers(plan_of(definition)))) as running:
        told = running.run(logical(definition.start), INPUT)
    result = json.loads(told.get("output", "null")) if told["status"] == "SUCCEEDED" else None
    check(case, backend.calls(), "ok" if told["status"] == "SUCCEEDED" else "failed", result)
