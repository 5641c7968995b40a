"""RQ's jobs become steps: no Redis is asked for anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

JOBS = """
import os
from datetime import timedelta
from redis import Redis
from rq import Queue
from rq.decorators import job

nobody = Redis(host="127.0.0.1", port=1)
queue = Queue("mail", connection=nobody)


def first(n):
    queue.enqueue(second, n, flag=True)
    queue.enqueue_in(timedelta(seconds=0.5), second, n + 1)
    queue.enqueue("jobs.hidden", n)
    third.delay(n=n)


def second(n, flag=False):
    return {"n": n, "flag": flag}


@job("mail", connection=nobody)
def third(n):
    return n


def hidden(n):
    return "not in the definition"
"""
DEFINITION = """\
schema: undercurrent/workflow@1
id: w
name: W
start: first
steps:
- {id: first, run: "jobs:first", next: [{step: second}, {step: third}]}
- {id: second, run: "jobs:second"}
- {id: third, run: "jobs:third"}
"""


def test_jobs_that_a_step_enqueues_are_the_next_steps(
    tree: Callable[[dict[str, str]], Path], undercurrent: Callable[..., Any], tmp_path: Path
) -> None:
    root = tree({"jobs.py": JOBS, "flow.yaml": DEFINITION})
    database = tmp_path / "runs.sqlite"
    done = undercurrent(
        "run", root / "flow.yaml", "--root", root, "--database", database, "--input", "[5]", "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    found = [(step["step"], step["result"], step["declared"]) for step in json.loads(done.stdout)["steps"]]
    assert found == [
        ("first", None, True),
        ("second", {"n": 5, "flag": True}, True),
        ("second", {"n": 6, "flag": False}, True),
        ("jobs.hidden", "not in the definition", False),
        ("third", 5, True),
    ]
