"""A schedule of the backend is followed by the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

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
DEFINITION = """\
schema: undercurrent/workflow@2
id: w
name: Sweep
triggers: [{kind: schedule, schedule: every 1 s}]
start: sweep
runs:
- id: sweep
  kind: schedule
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
  parameters: [what]
  steps:
  - {type: step, id: mailed, module: shop, code: 'say(f"mail {what}")', inputs: {what: what}}
"""


def test_following_a_schedule_begins_a_run_at_each_of_its_times(
    tree: Callable[[dict[str, str]], Path], project: Path, tmp_path: Path
) -> None:
    root = tree({"shop.py": BACKEND, "flow.yaml": DEFINITION})
    said = tmp_path / "said"
    said.touch()
    command = [sys.executable, "-m", "discover", "run", str(root / "flow.yaml"), "--root", str(root), "--schedule"]
    command += ["--database", str(tmp_path / "e.sqlite")]
    env = {**os.environ, "SAID": str(said), "PYTHONPATH": str(project)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE) as child:
        limit = time.monotonic() + 90
        try:
            while said.read_text(encoding="utf-8").count("mail late") < 2:
                assert child.poll() is None, child.stderr and child.stderr.read()
                assert time.monotonic() < limit
                time.sleep(0.1)
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == 130
    lines = said.read_text(encoding="utf-8").splitlines()
    assert lines.count("sweep") >= 2
    assert lines[0] == "sweep"
