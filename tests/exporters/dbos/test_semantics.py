"""What each element of a definition means, on the embedded engine."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.exporters.semantics import ALL_CASES, INPUT, MODULE, Backend, Case, check

pytest.importorskip("dbos")

from exporters.dbos.durable.engine import Engine
from exporters.dbos.interpret import flow_of


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Backend]:
    made = Backend(tmp_path)
    made.write()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield made
    sys.modules.pop(MODULE, None)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("engine") / "runs.sqlite")


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.case)
def test_the_engine_does_what_the_definition_means(case: Case, backend: Backend, database: str, tmp_path: Path) -> None:
    backend.expect(case)
    engine = Engine(flow_of(case.definition, [tmp_path]), database, f"run-{ALL_CASES.index(case)}")
    engine.launch()
    try:
        engine.start(INPUT)
        end = engine.result(engine.executor)
    finally:
        engine.stop()
    status = "ok" if end["kind"] == "ended" else "failed"
    check(case, backend.calls(), status, end.get("result"))
