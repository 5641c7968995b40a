"""The commands over a document of an earlier scan, in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from discover.model import Counts, Graph, Step, Trigger, TriggerDetail, Workflow
from discover.model.serialize import to_json
from exporters.canonical.write import json_schema_text

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]
ESCAPE = "\x1b[2J"


def workflow(number: int, name: str) -> Workflow:
    step = Step(id="1", name=f"Insert {name}", kind="db_write", unit="a.py::f", line=1)
    return Workflow(
        id=f"w{number}",
        name=name,
        triggers=(f"t{number}",),
        unit="a.py::f",
        body=(step,),
        counts=Counts(runs=1, steps=1),
    )


@pytest.fixture
def document(tmp_path: Path) -> Path:
    names = ("Create order", "Cancel order", f"evil {ESCAPE}[red]")
    graph = Graph(
        root="shop",
        triggers=tuple(
            Trigger(
                id=f"t{n}",
                kind="http",
                framework="flask",
                handler="a.py::f",
                line=1,
                detail=TriggerDetail(path=f"/{n}"),
            )
            for n in range(len(names))
        ),
        workflows=tuple(workflow(number, name) for number, name in enumerate(names)),
    )
    file = tmp_path / "shop.json"
    file.write_bytes(to_json(graph))
    return file


def test_scan_reads_a_document(undercurrent: Undercurrent, document: Path):
    run = undercurrent("scan", document)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("shop: 0 files")
    assert "Create order" in run.stdout
    assert run.stderr == ""


def test_json_in_is_json_out(undercurrent: Undercurrent, document: Path, tmp_path: Path):
    run = undercurrent("scan", document, "--format", "json", "-o", tmp_path / "new" / "copy.json")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "new" / "copy.json").read_bytes() == document.read_bytes()


def test_show_prints_a_tree(undercurrent: Undercurrent, document: Path):
    run = undercurrent("show", document, "/0")
    assert run.stdout.splitlines()[:2] == ["Create order", "ANY /0"]
    assert "└── Insert Create order" in run.stdout


@pytest.mark.parametrize("command", [("scan",), ("show", "evil")])
def test_names_from_the_code_do_not_steer_the_terminal(
    undercurrent: Undercurrent, document: Path, command: tuple[str, ...]
):
    run = undercurrent(command[0], document, *command[1:])
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout
    assert "\\x1b[2J[red]" in run.stdout


def test_an_ambiguous_name_lists_what_it_may_be(undercurrent: Undercurrent, document: Path):
    run = undercurrent("show", document, "order")
    assert run.returncode == 2
    assert run.stdout == ""
    said, *candidates, more = run.stderr.splitlines()
    assert said == "undercurrent: 2 workflows match 'order'; name one by its id"
    assert [line.split()[0] for line in candidates] == ["w0", "w1"]
    assert more == "  `undercurrent scan REPO --limit 0` lists all of them"


def test_an_unknown_name_is_no_traceback(undercurrent: Undercurrent, document: Path):
    run = undercurrent("show", document, f"refund{ESCAPE}")
    assert run.returncode == 2
    assert "no workflow matches" in run.stderr
    assert "Traceback" not in run.stderr
    assert "\x1b" not in run.stderr


@pytest.mark.parametrize("text", ["", "{", '{"schema": "other"}', "[]", '"\\u0000"'])
def test_what_is_no_document_is_said_to_be_none(undercurrent: Undercurrent, tmp_path: Path, text: str):
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    run = undercurrent("scan", "bad.json")
    assert run.returncode == 2
    assert run.stderr.startswith("undercurrent: bad.json: not a document that `undercurrent scan --format json` wrote")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scan", "missing"), "missing: no such folder"),
        (("scan", "file.txt"), "file.txt: is neither a folder nor a Python file"),
        (("scan", "missing.json"), "missing.json: no such folder"),
        (("scan", ".", "--workers", "0"), "--workers"),
        (("scan", ".", "--format", "xml"), "xml"),
        (("scam",), "scan"),
        (("show", "shop.json"), "WORKFLOW"),
        (("scan", "shop.json", "-o", "file.txt/x"), "can't be written"),
        (("scan", ".", "--config", "none.yaml"), "none.yaml"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    undercurrent: Undercurrent, document: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
):
    (tmp_path / "file.txt").write_text("text", encoding="utf-8")
    run = undercurrent(*arguments)
    assert run.returncode == 2, run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_the_schema_is_printed(undercurrent: Undercurrent):
    run = undercurrent("schema")
    assert json.loads(run.stdout)["$id"] == "undercurrent/graph@1"


def test_the_schema_of_definitions_is_the_published_one(undercurrent: Undercurrent):
    assert json.loads(undercurrent("schema", "definition").stdout) == json.loads(json_schema_text())


def test_a_reader_that_goes_away_ends_the_command_quietly(document: Path, project: Path):
    graph_lines = "import sys; from discover.cli import main; main()"
    command = [sys.executable, "-c", graph_lines, "scan", str(document), "--format", "json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(project)},
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_ctrl_c_is_no_traceback(tmp_path: Path, project: Path):
    """The scan reads from a pipe where a document should be; the signal comes while it waits for more."""
    fifo = tmp_path / "slow.json"
    os.mkfifo(fifo)
    start = (
        # A shell's background job is born deaf to the signal.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import discover.cli.loading as loading\n"
        "loading.Path.is_file = lambda self: True\n"
        f"from discover.cli import main; main(['scan', {str(fifo)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start], stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(project)}
    ) as process:
        try:
            with fifo.open("w"):
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == 130
            assert process.stderr is not None
            assert process.stderr.read() == "undercurrent: interrupted\n"
        finally:
            process.kill()


def test_a_terminal_without_the_letters_gets_escapes(undercurrent: Undercurrent, document: Path):
    run = undercurrent("show", document, "1", PYTHONIOENCODING="ascii")
    assert run.returncode == 0, run.stderr
    assert "Insert Create order" in run.stdout


def test_the_version_is_printed(undercurrent: Undercurrent):
    assert undercurrent("--version").stdout == "undercurrent 0.1.0\n"


def test_an_export_without_the_backends_files_says_so_once_and_is_a_loss(
    undercurrent: Undercurrent, document: Path, tmp_path: Path
):
    place = ("export", document, "--to", "yaml", "-o", tmp_path / "flows")
    run = undercurrent(*place, "--strict")
    assert run.returncode == 3
    told = [line for line in run.stderr.splitlines() if "can't be read" in line]
    expected = (
        "lost: w0: `a.py` can't be read from here, so what runs there is one step each: export the backend's folder, "
        "or put the document of its scan into that folder [sources-missing]"
    )
    assert told == [expected]
    (tmp_path / "a.py").write_text("def f():\n    pass\n", encoding="utf-8")
    assert "sources-missing" not in undercurrent(*place, "--force").stderr
