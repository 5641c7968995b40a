"""Work that waits for other work is told with what must have become of it, and where the other work ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Decision, Hop, Node

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


DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
def fetch():
    if not rows():
        return None
    return 1
def rows(): ...
def clean(): ...
def check(): ...
def store(): ...
with DAG("orders", schedule="@daily", start_date=datetime(2024, 1, 1)):
    first = PythonOperator(task_id="fetch", python_callable=fetch)
    second = PythonOperator(task_id="clean", python_callable=clean)
    third = PythonOperator(task_id="check", python_callable=check)
    first >> [second, third] >> PythonOperator(task_id="store", python_callable=store)
"""
RETURNED = """
from faststream.rabbit import RabbitBroker
broker = RabbitBroker()
@broker.subscriber("orders")
@broker.publisher("bills")
async def order(message):
    if not message:
        return None
    return message
@broker.subscriber("bills")
async def bill(message): ...
"""


def hops(nodes: tuple[Node, ...], condition: str = "") -> list[str]:
    """The hand-overs of a run, each with the condition that it waits for."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, Decision):
            found += [hop for branch in node.branches for hop in hops(branch.body, node.condition)]
        elif isinstance(node, Hop):
            runs = ", ".join(run.rpartition("::")[2] for run in node.runs)
            found.append(f"{condition}: {runs}" if condition else runs)
    return found


def test_a_dag_leads_from_its_first_tasks_to_the_last(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(DAG)
    workflow = next(w for w in scan(tmp_path, load_config(tmp_path)).workflows if w.unit == "app.py::fetch")
    runs = {run.unit.rpartition("::")[2]: hops(run.body) for run in workflow.runs}
    assert hops(workflow.body) == ["clean, check"]
    assert runs == {"clean": ["check succeeds: store"], "check": ["clean succeeds: store"], "store": []}


def test_what_a_function_returns_to_a_channel_is_handed_over_where_it_ends(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(RETURNED)
    workflow = next(w for w in scan(tmp_path, load_config(tmp_path)).workflows if w.unit == "app.py::order")
    assert hops(workflow.body) == ["bill"]
