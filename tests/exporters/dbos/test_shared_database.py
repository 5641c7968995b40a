"""Processes that keep their runs in one database: each does its own work, and none takes up another's."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.exporters.dbos.test_runtime import REQUEST, WEB, report

SHOP = """
from celery import Celery
app = Celery("shop", broker="redis://127.0.0.1:1/0")
@app.task
def sweep():
    for number in range(12):
        mail.delay(number)
@app.task
def mail(number):
    with open("said", "a", encoding="utf-8") as file:
        file.write(f"{number}\\n")
"""
SWEEP = """\
schema: undercurrent/workflow@2
id: w
name: Sweep
triggers: [{kind: task, name: shop.sweep}]
start: sweep
runs:
- id: sweep
  framework: celery
  function: shop:sweep
  task: shop.sweep
  steps:
  - {type: step, id: swept, call: "shop:sweep", sends: [mail]}
  - {type: start, id: start_mail, run: mail, of: swept}
- id: mail
  framework: celery
  function: shop:mail
  task: shop.mail
  parameters: [number]
  steps:
  - {type: step, id: mailed, call: "shop:mail", inputs: {number: number}}
"""


class Place:
    """A backend with two workflows, and a database for both."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
        (folder / "show.yaml").write_text(REQUEST, encoding="utf-8")

    def options(self, definition: str) -> list[str]:
        return [str(self.folder / definition), "--root", str(self.root), "--database", str(self.folder / "runs.sqlite")]

    @contextmanager
    def served(self, definition: str) -> Generator[str]:
        """A process that listens, by its address."""
        command = [sys.executable, "-m", "discover", "run", *self.options(definition), "--listen", "0"]
        env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin", "HOME": str(self.root)}
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as child:
            try:
                assert child.stderr
                yield child.stderr.readline().split()[-1]
                child.send_signal(signal.SIGINT)
                child.communicate(timeout=30)
            finally:
                child.kill()


@pytest.fixture
def place(tree: Callable[[dict[str, str]], Path], tmp_path: Path) -> Place:
    return Place(tree({"shop.py": SHOP, "web.py": WEB}), tmp_path)


def test_a_process_does_its_own_queued_work_while_another_looks_on(
    place: Place, undercurrent: Callable[..., Any]
) -> None:
    with place.served("show.yaml"):
        options = [*place.options("sweep.yaml"), "--input", "[]", "--timeout", "30", "--format", "json"]
        found = report(undercurrent("run", *options))
    assert (found["ok"], len(found["runs"])) == (True, 13)
    said = (place.root / "said").read_text(encoding="utf-8").split()
    assert sorted(said, key=int) == [str(number) for number in range(12)]


def test_a_run_of_a_serving_process_is_told_to_be_its(place: Place, undercurrent: Callable[..., Any]) -> None:
    with place.served("show.yaml") as url:
        with urllib.request.urlopen(f"{url}/orders/8", timeout=30) as response:
            assert response.status == 200
        told = undercurrent("status", "--database", place.folder / "runs.sqlite").stdout
        run = next(word for word in told.split() if word.startswith("show-order-"))
        done = undercurrent("run", *place.options("show.yaml"), "--resume", run)
    assert done.returncode == 2
    assert f"{run} is a run of show-order-server, which goes on with it when it is started again" in done.stderr
