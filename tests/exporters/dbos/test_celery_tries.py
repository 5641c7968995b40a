"""How often a Celery task is tried: the exported definition as Celery itself, which runs the task in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = """
import pathlib
from celery import Celery
app = Celery("shop", set_as_current=False)
SAID = pathlib.Path("said")
class Down(OSError): pass
def say(text):
    with SAID.open("a", encoding="utf-8") as file:
        file.write(f"{{text}}\\n")
def ask(kind):
    say(f"ask {{kind}}")
    if kind == "down":
        raise Down("down")
    if kind == "wrong":
        raise ValueError("wrong")
def store(kind):
    say(f"store {{kind}}")
@app.task({options}, name="send")
def send(self, kind):
    try:
        ask(kind)
        store(kind)
    except Down as error:
        {handled}
"""
ASKS = "raise self.retry(exc=error, countdown=0)"
TASKS = [
    ("bind=True, max_retries=2", ASKS),
    ("bind=True", ASKS),
    ("bind=True, max_retries=0", ASKS),
    ("bind=True, max_retries=3", "raise"),
    ("bind=True, autoretry_for=(OSError,), max_retries=1, default_retry_delay=0", "raise"),
    ("bind=True, autoretry_for=(OSError,), retry_kwargs={{'max_retries': 2, 'countdown': 0}}", "raise"),
    ("bind=True, autoretry_for=(ValueError,), max_retries=1, default_retry_delay=0", ASKS),
]


@pytest.mark.parametrize(("options", "handled"), TASKS)
def test_a_task_is_tried_as_often_as_celery_tries_it(
    tree: Callable[[dict[str, str]], Path],
    undercurrent: Callable[..., Any],
    tmp_path: Path,
    options: str,
    handled: str,
) -> None:
    root = tree({"app.py": APP.format(options=options.replace("{{", "{").replace("}}", "}"), handled=handled)})
    said = root / "said"

    def told() -> list[str]:
        found = said.read_text(encoding="utf-8").splitlines() if said.exists() else []
        said.unlink(missing_ok=True)
        return found

    exported = undercurrent("export", root, "--to", "yaml", "--output", tmp_path / "out")
    assert exported.returncode == 0, exported.stderr
    (file,) = (tmp_path / "out").rglob("*.yaml")
    for kind in ("fine", "down", "wrong"):
        program = f"import app; app.send.apply(args=({kind!r},))"
        subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, timeout=60)
        original = told()
        undercurrent("run", file, "--root", root, "--database", tmp_path / f"{kind}.sqlite", "--input", f'["{kind}"]')
        assert told() == original, (kind, file.read_text(encoding="utf-8"))
