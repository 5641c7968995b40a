"""What each element of a definition means, on the embedded engine."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from tests.exporters.semantics import BACKEND, CASES, INPUT, MODULE, Case, check

pytest.importorskip("dbos")

from exporters.dbos.durable.engine import Engine
from exporters.dbos.interpret import flow_of


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[ModuleType]:
    (tmp_path / f"{MODULE}.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(MODULE)
    del sys.modules[MODULE]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("engine") / "runs.sqlite")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_engine_does_what_the_definition_means(
    case: Case, backend: ModuleType, database: str, tmp_path: Path
) -> None:
    backend.FAILS.update(case.fails)
    engine = Engine(flow_of(case.definition, [tmp_path]), database, f"run-{CASES.index(case)}")
    engine.launch()
    try:
        engine.start(INPUT)
        end = engine.result(engine.executor)
    finally:
        engine.stop()
    status = "ok" if end["kind"] == "ended" else "failed"
    check(case, backend.CALLS, status, end.get("result"))
