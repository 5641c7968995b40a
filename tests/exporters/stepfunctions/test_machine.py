"""What the machines of a definition do when Step Functions (as moto plays it) runs them."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from exporters.canonical.plan import plan_of
from exporters.stepfunctions.elements import logical
from exporters.stepfunctions.machine import machine
from exporters.stepfunctions.runtime.handler import handler
from exporters.worker.performing import Workers
from tests.exporters.semantics import BACKEND, CASES, INPUT, MODULE, Case, check
from tests.exporters.stepfunctions.engine import engine


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[ModuleType]:
    (tmp_path / f"{MODULE}.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(MODULE)
    del sys.modules[MODULE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_machine_does_what_the_definition_means(case: Case, backend: ModuleType) -> None:
    definition = case.definition
    backend.FAILS.update(case.fails)
    machines = {logical(run.id): machine(run, definition) for run in definition.runs}
    with engine(machines, handler(Workers(plan_of(definition)))) as running:
        told = running.run(logical(definition.start), INPUT)
    result = json.loads(told.get("output", "null")) if told["status"] == "SUCCEEDED" else None
    check(case, backend.CALLS, "ok" if told["status"] == "SUCCEEDED" else "failed", result)
