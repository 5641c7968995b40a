"""Calls that never return end the run: what follows them is not told, and a handler that makes one passes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.infer.logic import bodies_of
from discover.model import END_FAILED, END_RUN, FAILED_THERE, End, Guard, Node, Step

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
    "a function that always exits": (
        "def fatal(text):\n    print(text)\n    sys.exit(1)\n"
        "def main():\n    if len(sys.argv) < 2:\n        fatal('no name')"
    ),
    "a function that goes on to one": (
        "def usage():\n    if sys.argv:\n        fatal('no name')\n    else:\n        os.abort()\n"
        "def fatal(text):\n    raise SystemExit(4)\n"
        "def main():\n    if len(sys.argv) < 2:\n        usage()"
    ),
    "a method that always exits": (
        "class Tool:\n    def fail(self):\n        quit(3)\n"
        "def main():\n    tool = Tool()\n    if len(sys.argv) < 2:\n        tool.fail()"
    ),
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
    "a function that may return": (
        "def check(text):\n    if text:\n        print(text)\n        return\n    os.abort()\n"
        "def main():\n    if len(sys.argv) < 2:\n        print(check)"
    ),
    "a function that is said not to": (
        "from typing import NoReturn\ndef store() -> NoReturn:\n    print('done')\n"
        "def main():\n    if len(sys.argv) < 2:\n        store()"
    ),
    "what a class below does": (
        "class Tool:\n    def fail(self):\n        raise NotImplementedError\n"
        "def main(tool: Tool):\n    if len(sys.argv) < 2:\n        tool.fail()"
    ),
    "a function whose decorator may catch it": (
        "@caught\ndef fatal():\n    sys.exit(1)\ndef main():\n    if len(sys.argv) < 2:\n        fatal()"
    ),
    "a function whose error a manager may take": (
        "from contextlib import suppress\ndef fatal():\n    raise ValueError('no')\n"
        "def main():\n    with suppress(ValueError):\n        fatal()"
    ),
    "one of several in a table": (
        "def fatal():\n    sys.exit(1)\nHANDLERS = {'stop': fatal}\n"
        "def main():\n    if len(sys.argv) < 2:\n        HANDLERS.get(sys.argv[0], fatal)()"
    ),
    "a coroutine that nobody awaits": (
        "async def fatal():\n    sys.exit(1)\ndef main():\n    if len(sys.argv) < 2:\n        fatal()"
    ),
    "a generator": "def fatal():\n    yield\n    sys.exit(1)\ndef main():\n    if len(sys.argv) < 2:\n        fatal()",
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


def test_what_comes_back_before_a_failure_is_told(tmp_path: Path) -> None:
    code = (
        "def only_staff(user):\n    requests.get('https://example.com/asked')\n    if user.is_staff:\n"
        "        return user.name()\n    raise ValueError('no')\n"
        "def main():\n    only_staff(sys.argv)"
    )
    outcomes = [node.outcome for node in nodes_of(tmp_path, HEAD + code + TAIL) if isinstance(node, End)]
    assert outcomes == ["return", "raise"]


@pytest.mark.parametrize(
    "reject",
    [
        "def reject():\n    raise ValueError('no')\n",
        "def reject():\n    try:\n        raise ValueError('no')\n    finally:\n        print('no')\n",
    ],
)
def test_a_function_that_always_raises_raises_where_it_is_called(reject: str, tmp_path: Path) -> None:
    code = f"{reject}def main():\n    if len(sys.argv) < 2:\n        reject()\n"
    ends = [node for node in nodes_of(tmp_path, HEAD + code + TAIL) if isinstance(node, End)]
    assert [(end.outcome, end.text, end.name) for end in ends] == [("raise", "reject()", "Raise reject")]


def test_a_function_that_does_something_and_then_ends_is_opened_and_ends_the_flow(tmp_path: Path) -> None:
    code = """
def give_up():
    requests.post("https://example.com/alarm")
    requests.post("https://example.com/log")
    sys.exit(1)
def main():
    if len(sys.argv) < 2:
        give_up()
"""
    told = [type(node).__name__ for node in nodes_of(tmp_path, HEAD + code + TAIL)]
    assert told == ["Decision", "Call", "Step", "Step", "End", "End", "Step"]


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


ABORTS = {
    "flask": "from flask import abort\n",
    "flask, as a module": "import flask\nabort = flask.abort\n",
    "werkzeug": "from flask import request\nfrom werkzeug.exceptions import abort\n",
    "quart": "from quart import abort\n",
    "bottle": "from bottle import abort\n",
    "flask_restful": "from flask_restful import abort\n",
    "flask_restx": "from flask_restx import abort\n",
    "flask_smorest": "from flask_smorest import abort\n",
    "apiflask": "from apiflask import abort\n",
}


@pytest.mark.parametrize("library", ABORTS)
def test_an_abort_of_a_web_framework_is_told_as_what_it_raises(library: str, tmp_path: Path) -> None:
    body = "def main():\n    if not sys.argv:\n        abort(404)"
    ends = [one for one in nodes_of(tmp_path, HEAD + ABORTS[library] + body + TAIL) if isinstance(one, End)]
    assert [(one.outcome, one.text) for one in ends] == [("raise", "abort(404)")]


GIVING_UP = """
def give_up(order):
    requests.post("https://example.com/alarm", timeout=1)
    raise RuntimeError(order)


def main():
    if len(sys.argv) < 2:
        {call}
        requests.post("https://example.com/never", timeout=1)
"""


@pytest.mark.parametrize("call", ["give_up(sys.argv)", "return give_up(sys.argv)", "raise give_up(sys.argv)"])
def test_a_failure_that_stands_in_a_call_is_told_once_and_ends_the_caller(tmp_path: Path, call: str) -> None:
    nodes = nodes_of(tmp_path, HEAD + GIVING_UP.format(call=call) + TAIL)
    assert [node.text for node in nodes if isinstance(node, End) and node.text] == ["RuntimeError(order)"]
    last = next(node for node in nodes if isinstance(node, End) and not node.text)
    assert (last.name, last.outcome) == (FAILED_THERE, "raise")
    assert [node.target.rpartition("/")[2] for node in nodes if isinstance(node, Step)] == ["alarm", "after"]


def test_a_failure_that_no_call_shows_keeps_its_words(tmp_path: Path) -> None:
    code = GIVING_UP.format(call="give_up(sys.argv)").replace("requests.post", "print", 1)
    nodes = nodes_of(tmp_path, HEAD + code + TAIL)
    assert [node.text for node in nodes if isinstance(node, End)] == ["give_up(sys.argv)"]
