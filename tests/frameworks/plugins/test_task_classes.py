"""A task class whose own `__call__` goes around what its tasks do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.infer.templates import walked
from discover.model import Graph, Hop, Step

CODE = """
import requests
from celery import Celery, Task

app = Celery("shop")

class Logged(Task):
    def __call__(self, *args, **kwargs):
        requests.post("https://log.example.com", timeout=1)
        return super().__call__(*args, **kwargs)

class Counted(Task):
    def __call__(self, *args, **kwargs):
        result = self.run(*args, **kwargs)
        requests.post("https://count.example.com", timeout=1)
        return result

@app.task(base=Logged)
def bill(order):
    requests.post("https://bill.example.com", timeout=1)

class Ship(Logged):
    name = "ship"
    def run(self, order):
        requests.post("https://ship.example.com", timeout=1)

class Pack(Counted):
    name = "pack"
    def run(self, order):
        requests.post("https://pack.example.com", timeout=1)

def post(self, order):
    requests.post("https://post.example.com", timeout=1)

post_it = app.task(base=Logged, bind=True)(post)
ship = app.register_task(Ship())
pack = app.register_task(Pack())

@app.task
def start(order):
    bill.delay(order)
    ship.delay(order)
    pack.delay(order)
"""


@pytest.fixture
def graph(scan_source: Callable[[Mapping[str, str | bytes]], Graph]) -> Graph:
    return scan_source({"app.py": CODE})


def test_a_task_is_handed_over_to_once_and_its_class_is_told(graph: Graph) -> None:
    sent = [(edge.line, edge.target.partition("::")[2]) for edge in graph.edges if edge.kind == "dispatch"]
    assert sorted(sent) == [
        (41, "Logged.__call__"),
        (41, "bill"),
        (42, "Logged.__call__"),
        (42, "Ship.run"),
        (43, "Counted.__call__"),
        (43, "Pack.run"),
    ]
    start = next(one for one in graph.workflows if one.unit == "app.py::start")
    hops = [node.runs for node in walked(start.body) if isinstance(node, Hop)]
    assert hops == [("app.py::bill",), ("app.py::Ship.run",), ("app.py::Pack.run",)]


@pytest.mark.parametrize(
    ("unit", "services"),
    [
        ("bill", ["log", "bill"]),
        ("Ship.run", ["log", "ship"]),
        ("Pack.run", ["pack", "count"]),
        ("post", ["log", "post"]),
    ],
)
def test_an_own_call_goes_around_the_task_and_runs_it_once(graph: Graph, unit: str, services: list[str]) -> None:
    workflow = next(one for one in graph.workflows if one.unit == f"app.py::{unit}")
    steps = [node.service for node in walked(workflow.body) if isinstance(node, Step)]
    assert steps == [f"{name}.example.com" for name in services]
