"""What a person at a terminal sees, by a pseudo-terminal: styles, the terminal's width, a bar while it takes time."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Tree = Callable[[Mapping[str, str | bytes]], Path]

SLOW = """
import sys, time
import discover.pipeline as pipeline
from discover.model import Graph
def scan(root, config, *, workers, cache, progress):
    for stage in ("facts", "resolve"):
        for done in range(4):
            progress(stage, done, 4)
            time.sleep(0.2)
    return Graph(root=root.name)
pipeline.scan = scan
from discover.cli import main
main(sys.argv[1:])
"""


def at_a_terminal(arguments: list[str], **environment: str) -> str:
    """What the command writes to a terminal, standard output and error together."""
    ours, theirs = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "CI"}}
    variables |= {"TERM": "xterm-256color", **environment}
    with subprocess.Popen(arguments, stdout=theirs, stderr=theirs, stdin=theirs, env=variables) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            written += chunk
    os.close(ours)
    assert process.returncode == 0, written.decode()
    return written.decode()


@pytest.fixture
def slow(tree: Tree, project: Path) -> list[str]:
    return [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(project)!r})\n{SLOW}",
        "scan",
        str(tree({"a.py": ""})),
    ]


def test_a_bar_shows_the_stage_while_it_takes_time(slow: list[str]):
    text = at_a_terminal(slow)
    assert "facts" in text
    assert "resolve" in text
    assert "━" in text
    assert "\x1b[1mtree: 0 files" in text


def test_no_styles_when_the_user_wants_none(slow: list[str]):
    assert "\x1b[1m" not in at_a_terminal(slow, NO_COLOR="1")


def test_a_pipe_gets_neither_bar_nor_styles(slow: list[str]):
    run = subprocess.run(slow, capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert run.stderr == ""
    assert "\x1b" not in run.stdout


def test_timings_are_written_to_standard_error(slow: list[str]):
    run = subprocess.run([*slow, "--timings"], capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in run.stderr.splitlines()] == ["facts", "resolve", "all"]


def test_a_defect_is_told_apart_from_a_mistake(slow: list[str]):
    broken = [word.replace("return Graph(root=root.name)", "return 1 / 0") for word in slow]
    run = subprocess.run(broken, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "ZeroDivisionError" in run.stderr
    assert "this is a defect of undercurrent" in run.stderr
