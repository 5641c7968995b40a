"""The embedded engine on a real PostgreSQL, started on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import postgres
from tests.exporters.dbos.test_runtime import DEFINITION, JOBS


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with postgres.server(tmp_path_factory.mktemp("postgres")) as address:
        yield f"{address}/runs"


def test_a_run_is_kept_in_postgresql_and_told_from_it(
    database: str, tree: Callable[[dict[str, str]], Path], undercurrent: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("dbos")
    root = tree({"jobs.py": JOBS})
    file = tmp_path / "flow.yaml"
    file.write_text(DEFINITION, encoding="utf-8")
    options = ["--root", root, "--database", database, "--format", "json", "--run-id", "a"]
    done = undercurrent("run", file, *options, "--input", "[5]")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == {"n": 5, "a": 5, "b": "ok"}
    told = undercurrent("status", "a", "--database", database, "--format", "json")
    assert json.loads(told.stdout)["status"] == "done", told.stderr
