"""The order in which the jobs of a chain and a chord begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from discover import load_config, scan
from discover.model import Call, Decision, Hop, Node, Parallel, Workflow

APP = """
from celery import Celery, chain, chord, group
from flask import Flask
import requests

queue, web = Celery("shop"), Flask(__name__)

@queue.task
def first(x): requests.get("https://first.example/", timeout=1)
@queue.task
def second(x): requests.get("https://second.example/", timeout=1)
@queue.task
def third(x): requests.get("https://third.example/", timeout=1)

@web.post("/chain")
def in_a_chain():
    one, two = first.si(1), second.si(1)
    chain(one, two, third.si(1)).delay()

@web.post("/chord")
def in_a_chord():
    chord([first.si(1), second.si(1)])(third.si(1))

@web.post("/apart")
def apart():
    first.delay(1)
    second.delay(1)

@web.post("/linked")
def linked():
    first.apply_async((1,), link=second.si(1), link_error=third.si(1))
"""


def _hops(nodes: tuple[Node, ...]) -> Iterator[Hop]:
    for node in nodes:
        match node:
            case Hop():
                yield node
            case Call():
                yield from _hops(node.body)
            case Decision() | Parallel():
                for branch in node.branches:
                    yield from _hops(branch.body)
            case _:
                pass


def _order(workflow: Workflow) -> list[tuple[str, str]]:
    return [(_names(hop.runs), _names(hop.after)) for hop in _hops(workflow.body)]


def _names(runs: tuple[str, ...]) -> str:
    return " ".join(run.rpartition("::")[2] for run in runs)


def test_a_job_begins_after_those_before_it_in_a_canvas(tree: Callable[[dict[str, str]], Path]) -> None:
    root = tree({"app.py": APP})
    found = {workflow.name: workflow for workflow in scan(root, load_config(root)).workflows}
    assert _order(found["POST /chain"]) == [("first", ""), ("second", "first"), ("third", "second")]
    assert _order(found["POST /chord"]) == [("first second", ""), ("third", "first second")]
    assert _order(found["POST /apart"]) == [("first", ""), ("second", "")]
    assert all(after == "" for _, after in _order(found["POST /linked"])), "these say whose outcome begins them"
