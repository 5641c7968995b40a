"""The exported package: clean code that does what each element means, and commands that run it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exporters.canonical import Trigger
from exporters.canonical.load import load_definition
from exporters.dbos.export import write
from tests.exporters.semantics import ALL_CASES, INPUT, MODULE, Backend, Case, check, numbered

pytest.importorskip("dbos")

LEAD = Path(__file__).parents[1] / "canonical" / "lead.yaml"
Written = Callable[[list[Any]], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def make(definitions: list[Any]) -> Path:
        for artifact in write(definitions).artifacts:
            file = tmp_path / artifact.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(artifact.text, encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Generator[Backend]:
    """All cases in one package, beside their backend."""
    made = Backend(tmp_path_factory.mktemp("package"))
    made.write()
    for artifact in write(numbered(ALL_CASES)).artifacts:
        file = made.folder / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")
    sys.path.insert(0, str(made.folder))
    finders = list(sys.meta_path)
    yield made
    sys.path.remove(str(made.folder))
    # The package's own workers listen to what is imported.
    sys.meta_path[:] = finders
    for name in list(sys.modules):
        if name == MODULE or name.partition(".")[0] == "workers":
            del sys.modules[name]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.case)
def test_the_generated_flow_does_what_the_definition_means(case: Case, backend: Backend) -> None:
    backend.expect(case)
    number = ALL_CASES.index(case) + 1
    workflows: Any = importlib.import_module("workers.workflows")
    engine_class: Any = importlib.import_module("workers.engine.engine").Engine
    flow = workflows.WORKFLOWS[f"case_{number}"]().prepare([backend.folder])
    engine = engine_class(flow, str(backend.folder / "runs.sqlite"), f"run-{number}")
    engine.launch()
    try:
        engine.start(INPUT)
        end = engine.result(engine.executor)
    finally:
        engine.stop()
    check(case, backend.calls(), "ok" if end["kind"] == "ended" else "failed", end.get("result"))


def test_the_package_is_valid_python(written: Written) -> None:
    folder = written([load_definition(LEAD)])
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "E9,F63,F7,F82", "--no-cache", "--isolated", "."]
    done = subprocess.run(ruff, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_command_runs_a_workflow_and_lets_one_go_on(written: Written, lead_enrichment: Path) -> None:
    folder = written([load_definition(LEAD)])
    env = {**os.environ, "PYTHONPATH": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'leads.sqlite'}"}
    command = [sys.executable, "-m", "workers"]
    options = ["post_api_leads", "run-1", "--root", str(lead_enrichment), "--database", str(folder / "runs.sqlite")]
    wrong = json.dumps({"json": {"email": "none", "name": ""}})
    for action, status in ((["run"], 0), (["resume"], 0)):
        done = subprocess.run(
            [*command, *action, *options, "--input", wrong],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == "done: run run-1"
        assert json.loads(lines[-1])["status"] == 400
    unknown = [*command, "resume", "post_api_leads", "none", *options[2:]]
    done = subprocess.run(unknown, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "there is no run 'none'" in done.stderr) == (2, True)


def test_what_the_package_does_not_say_is_in_its_instructions() -> None:
    definition = load_definition(LEAD)
    changed = msgspec.structs.replace(definition, triggers=(Trigger(kind="schedule", schedule="every 40 s"),))
    result = write([changed])
    assert "schedule" in [loss.code for loss in result.losses]
    readme = next(artifact.text for artifact in result.artifacts if artifact.path == "README.md")
    assert "is no cron text" in readme
