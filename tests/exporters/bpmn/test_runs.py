"""An exported package runs its BPMN files on SpiffWorkflow as its definitions mean."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exporters.bpmn.export import write
from exporters.canonical.load import parse_definition
from tests.engines import packages
from tests.exporters import ordered
from tests.exporters.ordered import Ordered
from tests.exporters.semantics import ALL_CASES, INPUT, MODULE, Backend, Case, check, numbered
from tests.ports import free_ports


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[int, Backend]]:
    folder = tmp_path_factory.mktemp("bpmn")
    backend = Backend(folder / "backend")
    backend.write()
    packages.write(write(numbered(ALL_CASES)).artifacts, folder / "package")
    (port,) = free_ports(1)
    options = ("--port", str(port), "--state", str(folder / "runs.sqlite"))
    with packages.served(folder / "package", backend.folder, "serving on", *options):
        yield port, backend


def post(port: int, workflow: str, given: object) -> dict[str, Any]:
    data = json.dumps(given).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{workflow}", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.case)
def test_the_process_does_what_the_definition_means(case: Case, serving: tuple[int, Backend]) -> None:
    port, backend = serving
    backend.expect(case)
    told = post(port, f"case_{ALL_CASES.index(case) + 1}", INPUT)
    check(case, backend.calls(), told["status"], told["result"])


@pytest.mark.parametrize("case", ordered.CASES, ids=lambda case: case.case)
def test_what_comes_after_waits_for_what_comes_before(case: Ordered, tmp_path: Path) -> None:
    ordered.write(tmp_path / "backend")
    ordered.forget(tmp_path / "backend")
    definition = msgspec.structs.replace(case.definition, name="flow")
    packages.write(write([definition]).artifacts, tmp_path / "package")
    run = [sys.executable, "-m", "workers", "run", "flow", "--input", json.dumps({"value": 1})]
    options = ["--root", str(tmp_path / "backend"), "--state", str(tmp_path / "runs.sqlite")]
    done = subprocess.run([*run, *options], cwd=tmp_path / "package", capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    case.check(tmp_path / "backend")


_LOOPS = f"""
schema: undercurrent/workflow@2
id: w
name: Loops
start: main
runs:
- id: main
  function: {MODULE}:job
  parameters: [value]
  result: result
  steps:
  - {{type: step, id: a, module: {MODULE}, code: 'result, items = [], [1, 2]', outputs: {{result: result, items: items}}}}
  - type: loop
    id: outer
    over: items
    item: one
    steps:
    - type: parallel
      id: both
      branches:
      - steps: [{{type: step, id: left, module: {MODULE}, code: 'x = [one, "x"]', inputs: {{one: one}}, outputs: {{x: x}}}}]
      - steps: [{{type: step, id: right, module: {MODULE}, code: 'y = [one, "y"]', inputs: {{one: one}}, outputs: {{y: y}}}}]
    - type: loop
      id: each
      over: items
      item: other
      parallel: true
      collect: {{made: mades}}
      steps:
      - {{type: step, id: make, module: {MODULE}, code: 'import time; time.sleep(0.4); made = one * 10 + other', inputs: {{one: one, other: other}}, outputs: {{made: made}}}}
    - {{type: step, id: add, module: {MODULE}, code: 'result = [*result, x, y, mades]; call("turn", one)', inputs: {{one: one, result: result, x: x, y: y, mades: mades}}, outputs: {{result: result}}}}
  - {{type: step, id: last, module: {MODULE}, code: 'call("last")'}}
"""
_EXPECTED = [[1, "x"], [1, "y"], [11, 12], [2, "x"], [2, "y"], [21, 22]]


@pytest.fixture
def loops(tmp_path: Path) -> tuple[Backend, Path]:
    backend = Backend(tmp_path / "backend")
    backend.write()
    backend.expect(ALL_CASES[0])
    packages.write(write([parse_definition(_LOOPS, "loops.yaml")]).artifacts, tmp_path / "package")
    return backend, tmp_path / "package"


def command(backend: Backend, package: Path, *options: str) -> list[str]:
    state = str(package / "runs.sqlite")
    return [sys.executable, "-m", "workers", *options, "--root", str(backend.folder), "--state", state]


def test_parallel_work_in_a_loop_takes_the_values_of_its_own_turn(loops: tuple[Backend, Path]) -> None:
    backend, package = loops
    run = command(backend, package, "run", "loops", "--input", json.dumps(INPUT))
    done = subprocess.run(run, cwd=package, capture_output=True, text=True, timeout=120, check=False)
    assert json.loads(done.stdout or "null") == _EXPECTED, done.stderr


def test_a_run_that_is_killed_goes_on_where_it_was(loops: tuple[Backend, Path]) -> None:
    backend, package = loops
    run = command(backend, package, "run", "loops", "--input", json.dumps(INPUT))
    with subprocess.Popen(run, cwd=package, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not backend.calls() and time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    assert backend.calls() == ["turn 1"]
    resume = command(backend, package, "resume")
    assert subprocess.run(resume, cwd=package, timeout=120, check=False).returncode == 0
    with sqlite3.connect(package / "runs.sqlite") as database:
        found = database.execute("select status, result from runs").fetchall()
    assert [(status, json.loads(result)) for status, result in found] == [("ok", _EXPECTED)]
    assert backend.calls() == ["turn 1", "turn 2", "last"]
