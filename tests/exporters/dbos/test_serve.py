"""A schedule of the backend is a schedule of the exported package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from discover import model
from exporters.dbos import export as dbos

BACKEND = """
import os
from celery import Celery

app = Celery("shop", broker="redis://127.0.0.1:1/0")


def say(text):
    with open(os.environ["SAID"], "a", encoding="utf-8") as file:
        file.write(text + "\\n")


@app.task
def sweep():
    say("sweep")
    mail.delay("late")


@app.task
def mail(what):
    say(f"mail {what}")
"""


def test_serving_begins_a_run_at_each_time_of_the_schedule(tmp_path: Path) -> None:
    detail = model.TriggerDetail(schedule="every 1 s")
    trigger = model.Trigger(
        id="t", kind="schedule", framework="celery", handler="shop.py::sweep", line=1, detail=detail
    )
    run = model.Run(id="r", unit="shop.py::mail", kind="task")
    workflow = model.Workflow(
        id="w",
        name="Sweep",
        triggers=("t",),
        unit="shop.py::sweep",
        body=(model.Hop(id="h", runs=("r",)),),
        runs=(run,),
    )
    graph = model.Graph(root="shop", triggers=(trigger,), workflows=(workflow,))
    for artifact in dbos.export(graph, lambda _path: None, title="shop").artifacts:
        file = tmp_path / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")
    (tmp_path / "shop.py").write_text(BACKEND, encoding="utf-8")
    said = tmp_path / "said"
    said.touch()
    command = [sys.executable, "-m", "workers", "serve", "sweep", "--database", str(tmp_path / "e.sqlite")]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "SAID": str(said)}, stderr=subprocess.PIPE
    ) as child:
        limit = time.monotonic() + 60
        while said.read_text(encoding="utf-8").count("mail late") < 2:
            assert child.poll() is None, child.stderr and child.stderr.read()
            assert time.monotonic() < limit
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    assert child.returncode == 130
    lines = said.read_text(encoding="utf-8").splitlines()
    assert lines.count("sweep") >= 2
    assert lines[0] == "sweep"
