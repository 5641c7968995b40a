"""Small backends of one kind each, whose pieces are performed in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent / "programs" / "calls.py"
Perform = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def perform(tree: Callable[[Mapping[str, str]], Path], project: Path) -> Perform:
    """Writes files, and performs calls `(step, inputs, context)` of a definition on them."""

    def run(files: Mapping[str, str], runs: str, calls: list[Any], head: str = "start: first") -> list[dict[str, Any]]:
        definition = (
            f"schema: undercurrent/workflow@2\nid: w\nname: W\n{textwrap.dedent(head)}\nruns:\n{textwrap.dedent(runs)}"
        )
        wanted = {"root": str(tree(files)), "definition": definition, "calls": calls}
        done = subprocess.run(
            [sys.executable, str(PROGRAM), json.dumps(wanted)],
            env={**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def context(attempt: int = 0, **origin: Any) -> dict[str, Any]:
    return {"id": "run-1", "attempt": attempt, "origin": origin}
