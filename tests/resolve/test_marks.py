"""Functions that a decorator marks, and a later scan finds by the mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model.graph import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

MARKS = """
from functools import wraps

def on_event(name):
    def mark(function):
        function._event = name
        return function
    return mark

def job(function):
    function._is_job = True
    return function

def safe_job(function):
    @wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    wrapper._is_job = True
    return wrapper
"""
HANDLERS = """
from shop.marks import job, on_event, safe_job

@on_event("paid")
def bill(order): ...

@on_event("lost")
def tell(order): ...

def plain(order): ...

@job
def sweep(): ...

@safe_job
def tidy(): ...

class Fleet:
    @on_event("sent")
    def drive(self, order): ...

    def park(self, order): ...
"""
SCANS = {
    "getmembers and hasattr": """
    for _, member in inspect.getmembers(module):
        if hasattr(member, "_is_job"):
            member()
""",
    "getmembers with a predicate": """
    for _, member in inspect.getmembers(module, is_job):
        member()
""",
    "vars and getattr, turned round": """
    for member in vars(module).values():
        if not getattr(member, "_is_job", False):
            continue
        member()
""",
    "dir and getattr": """
    for name in dir(module):
        member = getattr(module, name)
        if callable(member) and hasattr(member, "_is_job"):
            member()
""",
    "a comprehension": """
    jobs = [member for _, member in inspect.getmembers(module) if hasattr(member, "_is_job")]
    for job in jobs:
        job()
""",
}


def _scan(scan_source: Scan, runner: str) -> Graph:
    files = {"shop/__init__.py": "", "shop/marks.py": MARKS, "shop/handlers.py": HANDLERS, "shop/run.py": runner}
    return scan_source(files)


def _reached(graph: Graph, kind: str) -> list[tuple[str, str]]:
    """What the scanning module reaches of the handlers."""
    edges = [edge for edge in graph.edges if edge.kind == kind and edge.source.startswith("shop/run.py")]
    edges = [edge for edge in edges if edge.target.startswith("shop/handlers.py")]
    return [(edge.source.rpartition("::")[2], edge.target.rpartition("::")[2]) for edge in edges]


@pytest.mark.parametrize("scan", SCANS)
def test_a_scan_runs_what_has_the_mark_and_nothing_else(scan_source: Scan, scan: str) -> None:
    head = 'import inspect\n\ndef is_job(member):\n    return hasattr(member, "_is_job")\n'
    graph = _scan(scan_source, f"{head}\ndef run(module):{SCANS[scan]}")
    assert _reached(graph, "call") == [("run", "sweep"), ("run", "tidy")]


@pytest.mark.parametrize(
    "body",
    [
        '    if hasattr(thing, "_event"):\n        thing(1)\n',
        '    for member in vars(thing).values():\n        if hasattr(member, "_other"):\n            member()\n',
        "    for member in vars(thing).values():\n        member()\n",
        '    for member in vars(thing).values():\n        if not hasattr(member, "_event"):\n            member()\n',
    ],
    ids=["a parameter", "another mark", "no mark", "the mark's absence"],
)
def test_what_is_not_asked_for_its_mark_is_not_known(scan_source: Scan, body: str) -> None:
    assert _reached(_scan(scan_source, f"def run(thing):\n{body}"), "call") == []


def test_what_is_kept_under_what_its_mark_says_is_reached_by_that(scan_source: Scan) -> None:
    runner = """
import inspect
from shop import handlers

TABLE = {}

def collect():
    for _, member in inspect.getmembers(handlers):
        if hasattr(member, "_event"):
            TABLE.setdefault(member._event, []).append(member)

def fire(event, order):
    for handler in TABLE.get(event, []):
        handler(order)

def pay(order):
    fire("paid", order)

def send(order):
    fire("sent", order)
"""
    signals = _reached(_scan(scan_source, runner), "signal")
    assert [one for one in signals if one[0] != "fire"] == [("pay", "bill"), ("send", "Fleet.drive")]
