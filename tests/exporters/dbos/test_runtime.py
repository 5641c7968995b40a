"""`undercurrent run` and `status`: small backends that really run, edited definitions, crashes, wrong input."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DEFINITION = """\
schema: undercurrent/workflow@2
id: w
name: Count up
triggers: [{kind: task, name: first}]
start: first
runs:
- id: first
  function: jobs:first
  parameters: [n, flag]
  result: told
  steps:
  - {type: step, id: note, name: Take note, call: "jobs:note", inputs: {text: n}, outputs: {result: a}}
  - {type: step, id: flaky, call: "jobs:flaky", inputs: {n: n}, outputs: {result: b}, retry: {attempts: 3, delay: 0.05, errors: [ValueError]}}
  - type: decision
    id: is_flagged
    module: jobs
    code: flag
    inputs: {flag: flag}
    then: [{type: step, id: flagged, call: "jobs:note", inputs: {text: flag}}]
  - {type: wait, id: pause, seconds: 0.2}
  - {type: step, id: tell, module: jobs, code: 'told = {"n": n, "a": a, "b": b}; note("told")', inputs: {n: n, a: a, b: b}, outputs: {told: told}}
"""
SIDE_BY_SIDE = """\
schema: undercurrent/workflow@2
id: w
name: Ask two at once
triggers: [{kind: task, name: first}]
start: first
runs:
- id: first
  function: jobs:first
  parameters: [n]
  result: told
  steps:
  - type: parallel
    id: both
    branches:
    - steps: [{type: step, id: one, call: "jobs:later", inputs: {text: n}, outputs: {result: a}}]
    - steps: [{type: step, id: two, call: "jobs:later", inputs: {text: n}, outputs: {result: b}}]
  - {type: step, id: tell, module: jobs, code: 'told = [a, b]', inputs: {a: a, b: b}, outputs: {told: told}}
"""
JOBS = """
import os, pathlib
SAID = pathlib.Path("said")
def say(text):
    with SAID.open("a", encoding="utf-8") as file:
        file.write(f"{text}\\n")
def first(n, flag=False): ...
def note(text):
    say(f"note {text}")
    return text
def flaky(n):
    say("flaky")
    if SAID.read_text().count("flaky") < 3:
        raise ValueError(n)
    return "ok"
async def later(text):
    return text
def die(text):
    say(f"die {text}")
    if not pathlib.Path("died").exists():
        pathlib.Path("died").write_text("")
        os.kill(os.getpid(), 9)
"""
REQUEST = """\
schema: undercurrent/workflow@2
id: w
name: Show order
triggers: [{kind: http, framework: flask, methods: [GET, PUT], path: "/orders/<int:order>"}]
start: show
runs:
- id: show
  kind: http
  framework: flask
  function: "web:make_app.<locals>.show"
  parameters: [order]
  result: response
  steps:
  - {type: step, id: look, module: web, code: 'q = request.args.get("q")', outputs: {q: q}}
  - {type: step, id: unlucky, module: web, code: "if order == 13:\\n    raise RuntimeError('bad luck')", inputs: {order: order}}
  - {type: step, id: respond, module: web, code: 'result = jsonify(order=order, q=q, body=request.get_json(silent=True))', inputs: {order: order, q: q}, outputs: {result: response}, responds: true}
"""
WEB = """
from flask import Flask, jsonify, request
def make_app():
    app = Flask(__name__)
    @app.route("/orders/<int:order>", methods=["GET", "PUT"])
    def show(order):
        return "whole"
    return app
"""
Tree = Callable[[dict[str, str]], Path]
Undercurrent = Callable[..., Any]


class Place:
    """A backend, a definition file and a database."""

    def __init__(self, tree: Tree, undercurrent: Undercurrent, folder: Path) -> None:
        self.root = tree({"jobs.py": JOBS, "web.py": WEB})
        self.file = folder / "flow.yaml"
        self.database = folder / "runs.sqlite"
        self.call = undercurrent

    def run(self, definition: str, *options: str) -> Any:
        self.file.write_text(definition, encoding="utf-8")
        return self.call("run", self.file, *self.places, *options)

    @property
    def places(self) -> list[str]:
        return ["--root", str(self.root), "--database", str(self.database), "--format", "json"]

    @property
    def said(self) -> list[str]:
        file = self.root / "said"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture
def place(tree: Tree, undercurrent: Undercurrent, tmp_path: Path) -> Place:
    return Place(tree, undercurrent, tmp_path)


def report(done: Any) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def statuses(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(event["element"], event["status"]) for event in found["events"]]


def test_each_element_is_done_and_told(place: Place) -> None:
    found = report(place.run(DEFINITION, "--input", "[5]"))
    assert (found["ok"], found["status"], found["result"]) == (True, "done", {"n": 5, "a": 5, "b": "ok"})
    assert place.said == ["note 5", "flaky", "flaky", "flaky", "note told"]
    assert statuses(found) == [
        ("note", "taken"),
        ("flaky", "retried"),
        ("flaky", "retried"),
        ("flaky", "taken"),
        ("is_flagged", "taken"),
        ("pause", "taken"),
        ("tell", "taken"),
    ]
    assert all(event["started"] <= event["ended"] for event in found["events"])


def test_what_branches_do_is_told_once_and_nothing_that_the_library_notes(place: Place) -> None:
    found = report(place.run(SIDE_BY_SIDE, "--input", "[5]"))
    assert (found["ok"], found["status"], found["result"], found["unheard"]) == (True, "done", [5, 5], [])
    *both, last = statuses(found)
    assert sorted(both) == [("one", "taken"), ("two", "taken")]
    assert last == ("tell", "taken")
    assert {run["run"] for run in found["runs"]} == {"first"}


def test_the_text_tells_what_was_taken_retried_and_skipped(place: Place) -> None:
    place.run(DEFINITION, "--input", "[5]", "--run-id", "a")
    done = place.call("status", "a", "--database", place.database)
    told = [line.split() for line in done.stdout.splitlines()]
    assert told[0] == ["done:", "run", "a"]
    assert [line[:2] for line in told[2:]] == [
        ["taken", "note"],
        ["retried", "flaky"],
        ["taken", "is_flagged"],
        ["taken", "pause"],
        ["taken", "tell"],
        ["skipped", "flagged"],
    ]
    assert told[3][2:4] == ["3", "tries"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('{"args": [1], "kwargs": {"flag": true}}', ["note 1", "note True"]),
        ("[2]", ["note 2"]),
        ('{"n": 3, "flag": true}', ["note 3", "note True"]),
        ('"text"', ["note text"]),
    ],
)
def test_arguments_are_given_in_each_way(given: str, expected: list[str], place: Place) -> None:
    place.run(DEFINITION, "--input", given)
    assert [line for line in place.said if line.startswith("note") and "told" not in line] == expected


EDITS: list[tuple[str, str, list[str]]] = [
    # A step dropped, retried less, moved, and a condition turned round.
    ("  - {type: wait, id: pause, seconds: 0.2}\n", "", ["note 5", "flaky", "flaky", "flaky", "note told"]),
    ("attempts: 3", "attempts: 2", ["note 5", "flaky", "flaky"]),
    ("code: flag\n", "code: not flag\n", ["note 5", "flaky", "flaky", "flaky", "note False", "note told"]),
    ("name: Take note, ", "name: Write it down, ", ["note 5", "flaky", "flaky", "flaky", "note told"]),
    ("id: note, ", "id: jotted, ", ["note 5", "flaky", "flaky", "flaky", "note told"]),
    (
        "start: first\nruns:\n- id: first",
        "start: once\nruns:\n- id: once",
        ["note 5", "flaky", "flaky", "flaky", "note told"],
    ),
    (", errors: [ValueError]", ", errors: [KeyError]", ["note 5", "flaky"]),
    ("retry: {attempts: 3, delay: 0.05, errors: [ValueError]}", "timeout: 9", ["note 5", "flaky"]),
    ("seconds: 0.2", "seconds: 0", ["note 5", "flaky", "flaky", "flaky", "note told"]),
]


@pytest.mark.parametrize(("old", "new", "said"), EDITS)
def test_what_runs_follows_the_edited_file(old: str, new: str, said: list[str], place: Place) -> None:
    assert old in DEFINITION
    found = report(place.run(DEFINITION.replace(old, new), "--input", "[5]"))
    assert place.said == said
    assert found["ok"] is (said[-1] == "note told")
    told = [element for element, _ in statuses(found)]
    assert ("pause" in told) is (bool(new) and said[-1] == "note told")
    assert ("jotted" in told) is ("jotted" in new)


def test_a_moved_step_happens_where_it_stands_now(place: Place) -> None:
    lines: list[str] = [*DEFINITION.splitlines(keepends=True)]
    note = next(line for line in lines if "id: note" in line)
    pause = next(line for line in lines if "id: pause" in line)
    lines.remove(note)
    lines.insert(lines.index(pause), note)
    place.run("".join(lines), "--input", "[5]")
    assert place.said == ["flaky", "flaky", "flaky", "note 5", "note told"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("inputs: {text: n}", "inputs: {text: m}", "12:79: nothing sets the variable `m`"),
        ("start: first", "start: last", "5:8: there is no run `last` to start with"),
        ("id: pause", "id: note", "20:22: the id `note` stands twice"),
        ("seconds: 0.2", "seconds: soon", "20:38: Expected `float | null`, got `str`"),
        ("seconds: 0.2", "seconds: -1", "20:38: -1 is no time to wait, in seconds"),
        ("attempts: 3", "attempts: some", "13:105: Expected `int | null`, got `str`"),
        ("parameters: [n, flag]", "parameters: [n, flag", "10:9: expected ',' or ']'"),
        ("name: Count up", "name: &a [*a]", "3:11: aliases (`*name`) are not allowed here"),
    ],
)
def test_a_wrong_edit_is_told_with_line_and_column_and_nothing_runs(
    old: str, new: str, told: str, place: Place
) -> None:
    assert old in DEFINITION
    done = place.run(DEFINITION.replace(old, new), "--input", "[5]")
    assert done.returncode == 2
    assert f"{place.file}:{told}" in done.stderr
    assert place.said == []


KILLED = DEFINITION.replace("code: flag\n", 'code: "True"\n').replace(
    'jobs:note", inputs: {text: flag}', 'jobs:die", inputs: {text: flag}'
)


def timed(definition: str, seconds: float) -> str:
    """The definition with a time limit for its run."""
    return definition.replace("  result: told\n", f"  result: told\n  timeout: {seconds:g}\n")


@pytest.mark.parametrize("definition", [KILLED, timed(KILLED, 300)], ids=["plain", "with a time limit"])
def test_a_killed_run_goes_on_and_repeats_no_finished_step(place: Place, definition: str) -> None:
    died = place.run(definition, "--input", "[5]", "--run-id", "a")
    assert died.returncode == -signal.SIGKILL
    before = place.call("status", "a", "--database", place.database, "--format", "json")
    assert report(before)["status"] == "running"
    found = report(place.run(definition, "--resume", "a"))
    assert found["ok"] is True
    assert place.said == ["note 5", "flaky", "flaky", "flaky", "die False", "die False", "note told"]


def test_a_run_that_takes_too_long_is_told_to_have_failed_where_it_was(place: Place) -> None:
    found = report(place.run(timed(DEFINITION.replace("seconds: 0.2", "seconds: 30"), 2), "--input", "[5]"))
    assert (found["ok"], found["error"]) == (False, "TimeoutError: the run has taken longer than it may")
    assert statuses(found)[-1] == ("pause", "failed")


def test_a_time_limit_goes_on_while_nobody_runs(place: Place) -> None:
    limited = timed(KILLED, 6)
    begun = time.monotonic()
    assert place.run(limited, "--input", "[5]", "--run-id", "a").returncode == -signal.SIGKILL
    time.sleep(max(0.0, 6.5 - (time.monotonic() - begun)))
    found = report(place.run(limited, "--resume", "a"))
    assert (found["ok"], found["error"]) == (False, "TimeoutError: the run has taken longer than it may")
    assert place.said.count("die False") <= 1


def test_a_run_goes_on_as_it_began_or_not_at_all(place: Place) -> None:
    place.run(KILLED, "--input", "[5]", "--run-id", "a")
    changed = place.run(KILLED.replace("seconds: 0.2", "seconds: 0.1"), "--resume", "a")
    assert changed.returncode == 2
    assert "the definition has changed since the run a began" in changed.stderr
    kept = place.call("status", "a", "--database", place.database, "--definition").stdout
    assert report(place.run(kept, "--resume", "a"))["ok"] is True


def test_a_wait_ends_at_its_time_although_the_process_died(place: Place) -> None:
    text = DEFINITION.replace("seconds: 0.2", "seconds: 8")
    place.file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "discover", "run", str(place.file), *place.places, "--run-id", "a"]
    begun = time.monotonic()
    env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin", "HOME": str(place.root)}
    with subprocess.Popen(
        [*command, "--input", "[5]"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        while place.said.count("flaky") < 3:
            assert time.monotonic() - begun < 60
            time.sleep(0.05)
        time.sleep(0.5)
        child.kill()
    told = report(place.call("status", "a", "--database", place.database, "--format", "json"))
    assert statuses(told)[-1] == ("pause", "waiting")
    found = report(place.run(text, "--resume", "a"))
    pause = next(event for event in found["events"] if event["element"] == "pause")
    assert found["ok"], found["error"]
    tell = next(event for event in found["events"] if event["element"] == "tell")
    assert tell["started"] >= pause["ended"] - 0.05
    assert place.said.count("note 5") == 1


@pytest.mark.parametrize(
    ("given", "status", "body"),
    [
        (
            '{"path_params": {"order": 5}, "method": "PUT", "json": {"a": 1}, "query": {"q": "x"}}',
            200,
            {"order": 5, "q": "x", "body": {"a": 1}},
        ),
        ('{"path": "/orders/6"}', 200, {"order": 6, "q": None, "body": None}),
        ('{"path": "/other"}', 404, None),
    ],
)
def test_a_request_reaches_the_pieces_of_a_handler_inside_a_factory(
    given: str, status: int, body: object, place: Place
) -> None:
    found = report(place.run(REQUEST, "--input", given))
    assert found["result"]["status"] == status
    if body is not None:
        assert json.loads(found["result"]["body"]) == body


def test_an_error_in_a_handler_fails_the_run(place: Place) -> None:
    done = place.run(REQUEST, "--input", '{"path": "/orders/13"}')
    assert done.returncode == 4
    assert report(done)["error"] == "RuntimeError: bad luck"


def test_listening_starts_a_run_for_each_request_and_gives_its_response(place: Place) -> None:
    place.file.write_text(REQUEST, encoding="utf-8")
    command = [sys.executable, "-m", "discover", "run", str(place.file), *place.places, "--listen", "0"]
    env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin", "HOME": str(place.root)}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as child:
        assert child.stderr
        url = child.stderr.readline().split()[-1]
        with urllib.request.urlopen(f"{url}/orders/8?q=z", timeout=30) as response:
            assert (response.status, json.loads(response.read())) == (200, {"order": 8, "q": "z", "body": None})
        codes = [refused(f"{url}/nowhere"), refused(f"{url}/orders/13"), refused(f"{url}/orders/x")]
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    assert codes == [404, 500, 404]
    listed = place.call("status", "--database", place.database)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["done", "failed", "done"]


def refused(url: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=30)
    return caught.value.code


def test_a_page_shows_the_path_that_the_run_took(place: Place, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    done = place.run(DEFINITION, "--input", "[5]", "--run-id", "a", "--report", str(page))
    assert done.returncode == 0, done.stderr
    assert "retried" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        ("jobs:note", "nothing:note", [], "the step note can't be loaded from nothing:note"),
        ("jobs:note", "jobs:none", [], "has no attribute 'none'"),
        ("", "", ["--resume", "gone"], "no such file"),
        ("", "", ["--input", "{"], "--input is no JSON"),
        ("", "", ["--input", "[1, 2, 3]"], "the input does not fit the run first"),
    ],
)
def test_what_can_not_run_is_told_without_a_traceback(
    old: str, new: str, options: list[str], message: str, place: Place
) -> None:
    done = place.run(DEFINITION.replace(old, new) if old else DEFINITION, *options)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_needs_values_asks_for_them(place: Place) -> None:
    done = place.run(REQUEST, "--input", '{"json": {}}')
    assert done.returncode == 2
    assert "needs `path_params` with `order`" in done.stderr


def test_a_run_is_not_begun_twice_and_an_unknown_one_is_not_resumed(place: Place) -> None:
    assert place.run(DEFINITION, "--run-id", "a", "--input", "[1]").returncode == 0
    assert report(place.run(DEFINITION, "--run-id", "a", "--input", "[2]"))["result"]["n"] == 1
    assert report(place.run(DEFINITION, "--resume", "a"))["status"] == "done"
    done = place.run(DEFINITION, "--resume", "b")
    assert done.returncode == 2
    assert "holds no run b" in done.stderr


def test_a_file_that_is_no_database_is_told(place: Place) -> None:
    place.database.write_text("this is no database\n" * 99, encoding="utf-8")
    done = place.run(DEFINITION, "--input", "[1]")
    assert done.returncode == 2
    assert "the engine can't use it" in done.stderr
    assert "Traceback" not in done.stderr
