"""`undercurrent run`: what it tells of wrong input, and small backends of plain functions that really run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DEFINITION = """\
schema: undercurrent/workflow@1
id: w
name: W
start: first
steps:
- {id: first, run: "jobs:first", next: [{step: second}]}
- {id: second, run: "jobs:second", retry: {attempts: 3, delay: 0.05, errors: [ValueError]}}
"""
REQUEST = """\
schema: undercurrent/workflow@1
id: w
name: W
triggers: [{kind: http, framework: flask, methods: [GET], path: "/orders/<int:order>"}]
start: show
steps:
- {id: show, run: "web:show", kind: http}
"""
JOBS = """
tries = []
def first(n, *, flag=False):
    return {"n": n, "flag": flag}
def second(n):
    tries.append(n)
    if len(tries) < 3:
        raise ValueError(n)
    return tries
async def later(n):
    return n + 1
def odd(n):
    raise KeyError(n)
"""
WEB = """
from flask import Flask, jsonify, request
def make_app():
    app = Flask(__name__)
    @app.route("/orders/<int:order>", methods=["GET", "PUT"])
    def show(order):
        if order == 13:
            raise RuntimeError("bad luck")
        return jsonify(order=order, method=request.method, body=request.get_json(silent=True), q=request.args.get("q"))
    return app
"""
Tree = Callable[[dict[str, str]], Path]
Undercurrent = Callable[..., Any]


@pytest.fixture
def run(tree: Tree, undercurrent: Undercurrent, tmp_path: Path) -> Callable[..., Any]:
    def start(definition: str, *options: str, jobs: str = JOBS, web: str = WEB) -> Any:
        root = tree({"jobs.py": jobs, "web.py": web})
        file = tmp_path / "flow.yaml"
        file.write_text(definition, encoding="utf-8")
        database = tmp_path / "runs.sqlite"
        return undercurrent("run", file, "--root", root, "--database", database, "--format", "json", *options)

    return start


def only_step(done: Any) -> dict[str, Any]:
    assert done.stdout, done.stderr
    (step,) = json.loads(done.stdout)["steps"]
    return step


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('{"args": [1], "kwargs": {"flag": true}}', {"n": 1, "flag": True}),
        ("[2]", {"n": 2, "flag": False}),
        ('{"n": 3, "flag": true}', {"n": 3, "flag": True}),
        ('"text"', {"n": "text", "flag": False}),
    ],
)
def test_arguments_are_given_in_each_way(given: str, expected: object, run: Callable[..., Any]) -> None:
    done = run(DEFINITION, "--input", given)
    assert done.returncode == 0, done.stderr
    assert only_step(done)["result"] == expected


def test_a_plain_function_is_tried_again_as_its_policy_says(run: Callable[..., Any]) -> None:
    step = only_step(run(DEFINITION.replace("start: first", "start: second"), "--input", "[7]"))
    assert (step["status"], step["attempts"], step["result"]) == ("SUCCESS", 3, [7, 7, 7])


def test_an_error_that_the_policy_does_not_name_is_final(run: Callable[..., Any]) -> None:
    done = run(DEFINITION.replace("jobs:second", "jobs:odd").replace("start: first", "start: second"), "--input", "[7]")
    assert done.returncode == 4
    step = only_step(done)
    assert (step["status"], step["attempts"]) == ("ERROR", 1)
    assert "KeyError(7)" in step["error"]


def test_a_coroutine_is_awaited(run: Callable[..., Any]) -> None:
    assert only_step(run(DEFINITION.replace("jobs:first", "jobs:later"), "--input", "[1]"))["result"] == 2


@pytest.mark.parametrize(
    ("given", "status", "body"),
    [
        (
            '{"path_params": {"order": 5}, "method": "PUT", "json": {"a": 1}, "query": {"q": "x"}}',
            200,
            {"order": 5, "method": "PUT", "body": {"a": 1}, "q": "x"},
        ),
        ('{"path": "/orders/6"}', 200, {"order": 6, "method": "GET", "body": None, "q": None}),
        ('{"path": "/other"}', 404, None),
    ],
)
def test_a_request_reaches_a_handler_inside_a_factory(
    given: str, status: int, body: object, run: Callable[..., Any]
) -> None:
    done = run(REQUEST.replace("web:show", "web:make_app.<locals>.show"), "--input", given)
    result = only_step(done)["result"]
    assert result["status"] == status
    if body is not None:
        assert json.loads(result["body"]) == body


def test_an_error_in_a_handler_fails_the_run(run: Callable[..., Any]) -> None:
    done = run(REQUEST.replace("web:show", "web:make_app.<locals>.show"), "--input", '{"path": "/orders/13"}')
    assert done.returncode == 4
    assert only_step(done)["error"] == "status 500"


@pytest.mark.parametrize(
    ("definition", "options", "jobs", "message"),
    [
        (
            DEFINITION.replace("jobs:first", "nothing:first"),
            [],
            JOBS,
            "the step first can't be imported as nothing:first",
        ),
        (DEFINITION.replace("jobs:first", "jobs:none"), [], JOBS, "has no attribute 'none'"),
        (DEFINITION, [], "raise SystemExit('set SECRET first')", "SystemExit: set SECRET first"),
        (DEFINITION, [], "def first(:", "SyntaxError"),
        (REQUEST, ["--input", "{}"], JOBS, "no Flask application was found that serves web:show"),
        (DEFINITION, ["--resume", "gone"], JOBS, "no such file"),
        (DEFINITION, ["--input", "{"], JOBS, "--input is no JSON"),
    ],
)
def test_what_can_not_run_is_told_without_a_traceback(
    definition: str, options: list[str], jobs: str, message: str, run: Callable[..., Any]
) -> None:
    done = run(definition, *options, jobs=jobs)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_needs_values_asks_for_them(run: Callable[..., Any]) -> None:
    done = run(REQUEST.replace("web:show", "web:make_app.<locals>.show"), "--input", '{"json": {}}')
    assert done.returncode == 2
    assert "needs `path_params` with `order`" in done.stderr


def test_a_run_is_not_begun_twice_and_an_unknown_one_is_not_resumed(run: Callable[..., Any]) -> None:
    assert run(DEFINITION, "--run-id", "a", "--input", "[1]").returncode == 0
    assert only_step(run(DEFINITION, "--run-id", "a", "--input", "[2]"))["result"] == {"n": 1, "flag": False}
    assert only_step(run(DEFINITION, "--resume", "a"))["status"] == "SUCCESS"
    done = run(DEFINITION, "--resume", "b")
    assert done.returncode == 2
    assert "holds no run b" in done.stderr


def test_a_file_that_is_no_database_is_told(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite").write_text("this is no database\n" * 99, encoding="utf-8")
    done = run(DEFINITION, "--input", "[1]")
    assert done.returncode == 2
    assert "the engine can't use it" in done.stderr
    assert "Traceback" not in done.stderr
