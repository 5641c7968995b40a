"""What a bus calls is told at the call that names the event, and not as one of all that it may call."""

from __future__ import annotations

from pathlib import Path

from discover import load_config, scan
from discover.infer.node_trees import walked
from discover.model import Hop, OneOf

CODE = """
import requests
from celery import shared_task

HANDLERS = {}

def on(name):
    def keep(function):
        HANDLERS.setdefault(name, []).append(function)
        return function
    return keep

def fire(name, *args):
    for function in HANDLERS.get(name, []):
        function(*args)

@on("paid")
def mail(order):
    requests.post("https://mail.example.com", timeout=1)

@on("lost")
def regret(order):
    requests.post("https://regret.example.com", timeout=1)

@shared_task
def work(order):
    fire("paid", order)
"""


def test_the_workflow_goes_on_in_what_is_kept_under_the_key(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CODE)
    graph = scan(tmp_path, load_config(tmp_path))
    workflow = next(one for one in graph.workflows if one.unit == "app.py::work")
    hops = [node for node in walked(workflow.body) if isinstance(node, Hop)]
    assert [(hop.kind, hop.channel, hop.runs, hop.inline) for hop in hops] == [
        ("signal", "paid", ("app.py::mail",), True)
    ]
    assert not [node for node in walked(workflow.body) if isinstance(node, OneOf)]
    assert [(run.unit, run.kind) for run in workflow.runs] == [("app.py::mail", "signal")]
    reached = {(edge.source, edge.target) for edge in graph.edges}
    assert {("app.py::fire", "app.py::mail"), ("app.py::fire", "app.py::regret")} <= reached


QUEUED = """
from pyramid.events import subscriber
import requests

class Edited:
    def __init__(self, what):
        self.what = what

class Other:
    pass

@subscriber(Edited)
def tell(event):
    requests.post("https://tell.example.com", timeout=1)

def edit(request, what):
    event = Edited(what)
    request.notify_after_commit(event)

def change(request, what):
    request.notify_after_commit(Other())
    request.describe(Edited(what))
"""


def test_an_event_that_is_only_queued_reaches_what_is_registered_for_its_class(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(QUEUED)
    graph = scan(tmp_path, load_config(tmp_path))
    assert [(edge.source, edge.target) for edge in graph.edges if edge.kind == "publish"] == [
        ("app.py::edit", "app.py::tell")
    ]
