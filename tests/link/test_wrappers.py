"""What decorators put around a function: each once, in its place, and none of them inside another."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Call, Step, Workflow

CODE = """
    import requests
    from flask import Flask
    from functools import wraps
    app = Flask(__name__)

    def announced(f):
        @wraps(f)
        def announce(*args):
            requests.get("https://first.example.com/a", timeout=1)
            requests.get("https://first.example.com/b", timeout=1)
            return f(*args)
        return announce

    def reported(f):
        @wraps(f)
        def report(*args):
            result = f(*args)
            requests.post("https://last.example.com/a", timeout=1)
            requests.post("https://last.example.com/b", timeout=1)
            return result
        return report

    @app.post("/both")
    @announced
    @reported
    def both():
        requests.put("https://own.example.com", timeout=1)

    @app.post("/one")
    @reported
    def one():
        requests.put("https://own.example.com", timeout=1)
"""


@pytest.fixture
def workflows(tmp_path: Path) -> dict[str, Workflow]:
    (tmp_path / "app.py").write_text(textwrap.dedent(CODE))
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    return {workflow.unit.rpartition("::")[2]: workflow for workflow in graph.workflows}


def outline(workflow: Workflow) -> list[object]:
    """Steps by their host, calls by their unit with what stands in them."""
    return [
        node.service if isinstance(node, Step) else (node.callee.rpartition(".")[2], len(node.body))
        for node in workflow.body
        if isinstance(node, Step | Call)
    ]


def test_a_wrapper_that_works_after_the_function_stands_after_it(workflows: dict[str, Workflow]) -> None:
    assert outline(workflows["one"]) == ["own.example.com", ("report", 2)]


def test_stacked_wrappers_stand_beside_each_other_and_not_in_each_other(workflows: dict[str, Workflow]) -> None:
    assert outline(workflows["both"]) == [("announce", 2), "own.example.com", ("report", 2)]


def test_a_wrapper_calls_what_is_within_it_and_never_itself(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(textwrap.dedent(CODE))
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    announce, report = "app.py::announced.<locals>.announce", "app.py::reported.<locals>.report"
    called = {(edge.source, edge.target) for edge in graph.edges if edge.source in (announce, report)}
    own = {(source, target) for source, target in called if not target.startswith("effect:")}
    assert own == {(announce, report), (announce, "app.py::both"), (report, "app.py::both"), (report, "app.py::one")}
