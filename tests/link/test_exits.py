"""Calls that never return end the run: what follows them is not told, and a handler that makes one passes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.infer.logic import bodies_of
from discover.model import END_FAILED, END_RUN, End, Guard, Node

HEAD = """
import os
import sys
import requests
import click
import typer
from argparse import ArgumentParser


def leave(status):
    print(status)


"""
TAIL = """
    requests.post("https://example.com/after")


if __name__ == "__main__":
    main()
"""
FAILURES = {
    "a text": "def main():\n    if len(sys.argv) < 2:\n        sys.exit('no name')",
    "a text that is put together": "def main():\n    if len(sys.argv) < 2:\n        sys.exit(f'no {sys.argv}')",
    "a number": "def main():\n    if len(sys.argv) < 2:\n        quit(2)",
    "a module's number": "USAGE = 64\ndef main():\n    if len(sys.argv) < 2:\n        os._exit(USAGE)",
    "a parser's error": "def main():\n    if len(sys.argv) < 2:\n        ArgumentParser().error('no name')",
    "a context that aborts": "@click.command()\ndef main(ctx):\n    if ctx.obj:\n        ctx.abort()",
    "a context's number": "@click.command()\ndef main(me: click.Context):\n    if me.obj:\n        me.exit(code=3)",
}
ENDS = {
    "no status": "def main():\n    if len(sys.argv) < 2:\n        exit()",
    "zero": "def main():\n    if len(sys.argv) < 2:\n        sys.exit(0)",
    "a status that may be zero": "def main():\n    if len(sys.argv) < 2:\n        sys.exit(0 if sys.argv else 1)",
    "one that is not known": "def main():\n    if len(sys.argv) < 2:\n        sys.exit(os.getpid())",
    "an exception without status": "def main():\n    if len(sys.argv) < 2:\n        raise SystemExit",
    "an exception of a library": "def main():\n    if len(sys.argv) < 2:\n        raise typer.Exit()",
    "a context": "@click.command()\n@click.pass_context\ndef main(ctx):\n    if ctx.obj:\n        ctx.exit()",
}
NONE = {
    "a function of the project": "def main():\n    if len(sys.argv) < 2:\n        leave(1)",
    "one of that name": (
        "def exit(status):\n    print(status)\ndef main():\n    if len(sys.argv) < 2:\n        exit(1)"
    ),
    "a method of that name": (
        "class Door:\n    def exit(self): ...\ndef main():\n    if len(sys.argv) < 2:\n        Door().exit()"
    ),
    "a parameter of that name": "def main(exit=leave):\n    if len(sys.argv) < 2:\n        exit(1)",
    "an exception that is only made": "def main():\n    if len(sys.argv) < 2:\n        error = SystemExit(1)",
}


def nodes_of(folder: Path, code: str) -> list[Node]:
    """All nodes of the script's workflow."""
    (folder / "app.py").write_text(code)
    graph = scan(folder, load_config(folder), workers=1)

    def below(nodes: tuple[Node, ...]) -> Iterator[Node]:
        for node in nodes:
            yield node
            for body in bodies_of(node):
                yield from below(body)

    return [node for workflow in graph.workflows for node in below(workflow.body)]


def ends_of(folder: Path, code: str) -> list[str]:
    return [node.name for node in nodes_of(folder, code) if isinstance(node, End)]


@pytest.mark.parametrize("code", FAILURES.values(), ids=list(FAILURES))
def test_the_run_fails_with(code: str, tmp_path: Path) -> None:
    assert ends_of(tmp_path, HEAD + code + TAIL) == [END_FAILED]


@pytest.mark.parametrize("code", ENDS.values(), ids=list(ENDS))
def test_the_run_ends_with(code: str, tmp_path: Path) -> None:
    assert ends_of(tmp_path, HEAD + code + TAIL) == [END_RUN]


@pytest.mark.parametrize("code", NONE.values(), ids=list(NONE))
def test_the_run_goes_on_behind(code: str, tmp_path: Path) -> None:
    assert ends_of(tmp_path, HEAD + code + TAIL) == []


def test_what_stands_behind_it_is_not_told(tmp_path: Path) -> None:
    code = "def main():\n    requests.get('https://example.com/before')\n    sys.exit(1)"
    assert [type(node).__name__ for node in nodes_of(tmp_path, HEAD + code + TAIL)] == ["Step", "End"]


def test_a_handler_that_ends_the_run_does_not_ignore_the_error(tmp_path: Path) -> None:
    code = """
def main():
    try:
        requests.get("https://example.com/before")
    except requests.Timeout:
        print("too slow")
        exit(1)
    finally:
        requests.delete("https://example.com/lock")
"""
    guard = next(node for node in nodes_of(tmp_path, HEAD + code + TAIL) if isinstance(node, Guard))
    assert guard.kind == "reraise"
    assert [node.name for node in guard.handlers[0].body] == [END_FAILED]
    assert len(guard.last) == 1
