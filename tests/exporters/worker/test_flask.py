"""Pieces of a Flask view, each in a request context of its own."""

from __future__ import annotations

from typing import Any

from tests.exporters.worker.conftest import Perform, context

WEB = """
from flask import Flask, abort, g, jsonify, request
class Odd(ValueError):
    pass
app = Flask(__name__)
count = 0
@app.before_request
def load_user():
    global count
    count += 1
    g.user = request.headers.get("X-User", "nobody")
    if g.user == "banned":
        return "no", 403
@app.after_request
def stamp(response):
    response.headers["X-Stamp"] = "1"
    return response
@app.errorhandler(Odd)
def odd(error):
    return jsonify(odd=str(error)), 422
@app.route("/orders/<int:order>", methods=["GET", "PUT"])
def show(order):
    return "whole " + str(order)
def fail(kind):
    raise {"odd": Odd, "value": ValueError}[kind](kind)
"""
RUNS = """
- id: first
  kind: http
  framework: flask
  function: web:show
  parameters: [order]
  steps:
  - {type: step, id: args, module: web, code: 'q = request.args["q"]; body = request.get_json()', outputs: {q: q, body: b}}
  - {type: step, id: user, module: web, code: 'user = g.user; hooks = count; again = g.user', outputs: {user: u, hooks: h}}
  - {type: step, id: hooks, module: web, code: 'hooks = count', outputs: {hooks: h}}
  - {type: step, id: fail, call: "web:fail", inputs: {kind: kind}}
  - type: try
    id: guard
    steps:
    - {type: step, id: guarded, call: "web:fail", inputs: {kind: kind}}
    catch: [{errors: [Odd], steps: []}]
  - {type: step, id: missing, module: web, code: abort(404)}
  - {type: decision, id: is_big, module: web, code: order > 5, inputs: {order: order}}
  - {type: step, id: whole, call: "web:show", outputs: {result: response}}
  - {type: step, id: respond, module: web, code: 'result = (jsonify(order=order), 201)', inputs: {order: order}, outputs: {result: r}, responds: true}
"""
HEAD = """
start: first
triggers: [{kind: http, methods: [PUT], path: "/orders/<int:order>"}]"""
REQUEST = {"method": "PUT", "path": "/orders/7", "query": {"q": "y z"}, "json": {"a": 1}}
HERE = context(request=REQUEST)


def test_a_request_begins_its_run_and_each_piece_sees_it(perform: Perform) -> None:
    calls: list[Any] = [
        ("start", {"path_params": {"order": 7}, "query": {"q": "y z"}, "json": {"a": 1}}, None),
        ("first", {}, HERE),
        ("args", {}, HERE),
        ("is_big", {"order": 7}, HERE),
        ("is_big", {"order": 1}, HERE),
        ("whole", {}, HERE),
        ("respond", {"order": 7}, HERE),
    ]
    started, begun, args, big, small, whole, responded = perform({"web.py": WEB}, RUNS, calls, HEAD)
    assert started["context"]["origin"] == {"request": REQUEST}
    assert begun["outputs"] == {"order": 7}
    assert args["outputs"] == {"q": "y z", "body": {"a": 1}}
    assert (big["outputs"], small["outputs"]) == ({"case": True}, {"case": False})
    assert (whole["outputs"]["result"]["status"], whole["outputs"]["result"]["body"]) == (200, "whole 7")
    response = responded["outputs"]["result"]
    assert (response["status"], response["body"]) == (201, '{"order":7}\n')
    assert ["X-Stamp", "1"] in response["headers"]


def test_hooks_run_when_the_run_begins_and_again_only_where_a_piece_asks_for_what_they_left(perform: Perform) -> None:
    here = context(request={**REQUEST, "headers": {"X-User": "ada"}})
    begun = ("first", {}, here)
    calls: list[Any] = [begun, ("args", {}, here), ("hooks", {}, here), ("user", {}, here), ("hooks", {}, here)]
    _, _, before, user, after = perform({"web.py": WEB}, RUNS, calls, HEAD)
    assert before["outputs"] == {"hooks": 1}
    assert user["outputs"] == {"user": "ada", "hooks": 2}
    assert after["outputs"] == {"hooks": 2}


def test_what_the_framework_answers_ends_the_run(perform: Perform) -> None:
    banned = context(request={**REQUEST, "headers": {"X-User": "banned"}})
    nowhere = context(request={**REQUEST, "path": "/nowhere"})
    calls: list[Any] = [
        ("first", {}, banned),
        ("first", {}, nowhere),
        ("fail", {"kind": "odd"}, HERE),
        ("missing", {}, HERE),
    ]
    done = perform({"web.py": WEB}, RUNS, calls, HEAD)
    assert [found["ended"]["status"] for found in done] == [403, 404, 422, 404]
    assert done[2]["ended"]["body"] == '{"odd":"odd"}\n'
    assert all(["X-Stamp", "1"] in found["ended"]["headers"] for found in done)


def test_an_error_that_an_element_around_the_piece_takes_is_not_answered_until_asked(perform: Perform) -> None:
    odd, other = perform(
        {"web.py": WEB}, RUNS, [("guarded", {"kind": "odd"}, HERE), ("fail", {"kind": "value"}, HERE)], HEAD
    )
    assert odd["error"]["types"][:2] == ["web.Odd", "builtins.ValueError"]
    assert other["error"]["types"][0] == "builtins.ValueError"
    asked = {"run": "first", "error": odd["error"]}
    unanswered = {"run": "first", "error": other["error"]}
    first, second = perform({"web.py": WEB}, RUNS, [("answer", asked, HERE), ("answer", unanswered, HERE)], HEAD)
    assert first["answer"]["status"] == 422
    assert second["error"]["message"] == "value"
