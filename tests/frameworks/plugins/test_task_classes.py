"""A task class whose own `__call__` goes around what its tasks do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.infer.node_trees import walked
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


APPLICATION = """
import requests
from celery import Celery, Task, shared_task

class Tracked(Task):
    def __call__(self, *args, **kwargs):
        requests.post("https://log.example.com", timeout=1)
        return super().__call__(*args, **kwargs)

    def apply_async(self, *args, **kwargs):
        requests.post("https://sent.example.com", timeout=1)
        return super().apply_async(*args, **kwargs)

{application}

@app.task
def bill(order):
    requests.post("https://bill.example.com", timeout=1)

@shared_task(name="ship")
def ship(order):
    requests.post("https://ship.example.com", timeout=1)

@app.task(base=Task)
def pack(order):
    requests.post("https://pack.example.com", timeout=1)

def start(order):
    bill.delay(order)
    ship.apply_async((order,))
    pack.delay(order)
"""


@pytest.mark.parametrize(
    "application",
    [
        'app = Celery("shop", task_cls=Tracked)',
        'app = Celery("shop", task_cls="app:Tracked")',
        'app = Celery("shop")\napp.Task = Tracked',
    ],
)
def test_the_applications_task_class_sends_and_runs_its_tasks(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph], application: str
) -> None:
    graph = scan_source({"app.py": APPLICATION.format(application=application)})
    edges = {(edge.source, edge.line, edge.target, edge.kind) for edge in graph.edges}
    lines = {target.rpartition("::")[2]: line for source, line, target, _ in edges if source == "app.py::start"}
    sending = {
        line
        for source, line, target, _ in edges
        if (source, target) == ("app.py::start", "app.py::Tracked.apply_async")
    }
    assert sending == {lines["bill"], lines["ship"]}
    called = {source for source, _, target, _ in edges if target == "app.py::Tracked.__call__"}
    assert {"app.py::bill", "app.py::ship"} <= called
    assert "app.py::pack" not in called
    assert ("app.py::start", lines["bill"], "app.py::bill", "dispatch") in edges


def test_two_applications_with_different_classes_say_nothing_of_a_shared_task(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    two = 'app = Celery("shop", task_cls=Tracked)\nother = Celery("other")'
    graph = scan_source({"app.py": APPLICATION.format(application=two)})
    assert "app.py::ship" not in {edge.source for edge in graph.edges if edge.target == "app.py::Tracked.__call__"}
