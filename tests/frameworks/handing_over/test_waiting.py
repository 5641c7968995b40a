"""A job that waits for the jobs of other calls is told with what must have become of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Decision, Hop

HEAD = """
from flask import Flask
from rq import Dependency, Queue
app = Flask(__name__)
orders = Queue("orders")
def pack(): ...
def bill(): ...
def ship(): ...
@app.post("/orders")
def place(earlier=None):
"""
CASES = {
    "one job": (
        "    first = orders.enqueue(pack)\n    orders.enqueue(ship, depends_on=first)\n",
        ["Enqueue: pack", "if pack succeeds: Enqueue: ship"],
    ),
    "several jobs": (
        (
            "    waiting = [orders.enqueue(pack)]\n    waiting.append(orders.enqueue(bill))\n"
            "    orders.enqueue(ship, depends_on=waiting)\n"
        ),
        ["Enqueue: pack", "Enqueue: bill", "if pack and bill succeed: Enqueue: ship"],
    ),
    "a job that may fail": (
        (
            "    first = orders.enqueue(pack)\n"
            "    orders.enqueue(ship, depends_on=Dependency(jobs=first, allow_failure=True))\n"
        ),
        ["Enqueue: pack", "Enqueue: ship after pack ended"],
    ),
    "a job that is not known": (
        "    orders.enqueue(ship, depends_on=earlier)\n",
        ["if earlier succeeds: Enqueue: ship"],
    ),
    "none": ("    orders.enqueue(ship, depends_on=None)\n", ["Enqueue: ship"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_job_waits_for(name: str, tmp_path: Path) -> None:
    code, expected = CASES[name]
    (tmp_path / "app.py").write_text(HEAD + code)
    workflow = next(w for w in scan(tmp_path, load_config(tmp_path)).workflows if w.unit == "app.py::place")
    told: list[str] = []
    for node in workflow.body:
        if isinstance(node, Decision):
            told += [f"if {node.condition}: {inner.name}" for branch in node.branches for inner in branch.body]
        elif isinstance(node, Hop):
            told.append(f"{node.name} after {node.delay_text}" if node.delay_text else node.name)
    assert told == expected
