"""What `-o` replaces, what it leaves alone, and paths that say nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]

COMMANDS = {
    "a document": ("scan", "--format", "json"),
    "a summary": ("scan",),
    "open places": ("scan", "--unresolved"),
    "a page": ("diagram",),
    "Markdown": ("diagram", "--format", "md"),
}


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "app.py").write_text("import flask\napp = flask.Flask('a')\n@app.get('/')\ndef home():\n    open('a')\n")
    return root


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_this_program_wrote_is_replaced_and_no_other(
    undercurrent: Undercurrent, backend: Path, tmp_path: Path, words: tuple[str, ...]
):
    command, *options = words
    file = tmp_path / "out"
    for _ in range(2):
        done = undercurrent(command, backend, *options, "-o", file)
        assert done.returncode == 0, done.stderr
    wanted = file.read_bytes()
    file.write_text("import os\n")
    refused = undercurrent(command, backend, *options, "-o", file)
    assert (refused.returncode, file.read_text()) == (2, "import os\n")
    assert "--force" in refused.stderr
    forced = undercurrent(command, backend, *options, "-o", file, "--force")
    assert (forced.returncode, file.read_bytes()) == (0, wanted)


def test_an_empty_file_is_filled(undercurrent: Undercurrent, backend: Path, tmp_path: Path):
    (tmp_path / "out.json").touch()
    assert undercurrent("scan", backend, "--format", "json", "-o", tmp_path / "out.json").returncode == 0


@pytest.mark.parametrize(
    "words",
    [("scan", ""), ("scan", ".", "-o", ""), ("diagram", ".", "-o", ""), ("export", ".", "--to", "yaml", "-o", "")],
)
def test_an_empty_path_is_told_and_not_taken_for_this_folder(undercurrent: Undercurrent, words: tuple[str, ...]):
    done = undercurrent(*words)
    assert done.returncode == 2
    assert "the path is empty; write . for this folder" in done.stderr


def test_a_name_that_nothing_has_leads_to_the_nearest_with_their_names_and_to_the_list(
    undercurrent: Undercurrent, backend: Path
):
    done = undercurrent("show", backend, "hoem")
    assert done.returncode == 2
    assert "the nearest are" in done.stderr
    assert "app.py::home" in done.stderr
    assert "`undercurrent scan REPO --limit 0` lists all of them" in done.stderr
