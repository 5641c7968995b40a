"""Work that a callback after the commit, a generic caller or the project's own decorator does is told where it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.infer.logic import bodies_of
from discover.model import Call, Decision, End, Node, Step

HEAD = """
import functools, requests
from celery import shared_task
from django.db import transaction

def paid(order):
    requests.post("https://paid.example.com", timeout=1)

def mailed(order):
    requests.post("https://mail.example.com", timeout=1)

def call_event(func, *args):
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: func(*args))
    else:
        func(*args)

def audited(function):
    @functools.wraps(function)
    def inner(*args):
        requests.post("https://audit.example.com", timeout=1)
        return function(*args)
    return inner

@audited
def ship(order):
    requests.post("https://ship.example.com", timeout=1)

@shared_task
def work(order):
"""
CASES = {
    "transaction.on_commit(lambda: paid(order))": ("paid.example.com",),
    "call_event(mailed, order)": ("mail.example.com",),
    "ship(order)": ("audit.example.com", "ship.example.com"),
    "return paid": (),
}


@pytest.mark.parametrize("call", CASES)
def test_only_the_work_that_the_call_leads_to_is_told(call: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"{HEAD}    {call}\n")
    graph = scan(tmp_path, load_config(tmp_path))
    services = {service for w in graph.workflows if w.unit == "app.py::work" for service in w.services}
    assert services == set(CASES[call])


STACKED = """
from functools import wraps
import requests
from celery import shared_task
from flask_caching import Cache

cache = Cache()
PLAIN = True

def memoized(timeout=120):
    def decorator(function):
        kept = cache.memoize(timeout)(function)
        if not PLAIN:
            return kept
        @wraps(function)
        def copied(*args):
            return kept(*args)
        return copied
    return decorator

def audited(timeout=120):
    def decorator(function):
        kept = memoized(timeout)(function)
        @wraps(function)
        def told(*args):
            requests.post("https://audit.example.com", timeout=1)
            return kept(*args)
        return told
    return decorator

@memoized()
def ship(order):
    requests.post("https://ship.example.com", timeout=1)

@memoized()
def mail(order):
    requests.post("https://mail.example.com", timeout=1)

@audited()
def pay(order):
    requests.post("https://pay.example.com", timeout=1)

@audited()
def refund(order):
    requests.post("https://refund.example.com", timeout=1)

@shared_task
def work(order):
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ship(order)", {"ship.example.com"}),
        ("pay(order)", {"audit.example.com", "pay.example.com"}),
    ],
)
def test_a_decorator_within_a_decorator_runs_what_is_decorated_alone(
    call: str, expected: set[str], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(f"{STACKED}    {call}\n")
    graph = scan(tmp_path, load_config(tmp_path))
    assert {service for w in graph.workflows if w.unit == "app.py::work" for service in w.services} == expected


LEFT = """
import asyncio
from contextlib import contextmanager
from functools import wraps
import requests
from celery import shared_task

def told(function):
    @wraps(function)
    def inner(*args):
        try:
            result = function(*args)
            requests.post("https://told.example.com", timeout=1)
            return result
        except OSError:
            requests.post("https://failed.example.com", timeout=1)
            raise
    return inner

@contextmanager
def telling():
    yield
    requests.post("https://told.example.com", timeout=1)

@told
def decorated(order):
    if order.done:
        return None
    if order.late:
        raise ValueError("late")
    requests.post("https://ship.example.com", timeout=1)
    return order

def managed(order):
    with telling():
        if order.done:
            return None
        if order.late:
            raise ValueError("late")
        requests.post("https://ship.example.com", timeout=1)
        return order

def in_a_loop(orders):
    for order in orders:
        with telling():
            if order.done:
                continue
            requests.post("https://ship.example.com", timeout=1)

async def shipped():
    requests.post("https://ship.example.com", timeout=1)

async def mailed():
    requests.post("https://mail.example.com", timeout=1)

async def in_a_group():
    async with telling(), asyncio.TaskGroup() as group:
        group.create_task(shipped())
        group.create_task(mailed())

@shared_task
def work(order):
"""


def ways(nodes: Sequence[Node]) -> list[object]:
    """The steps and ends in order, each way of a decision as a list."""
    found: list[object] = []
    for node in nodes:
        match node:
            case Step():
                found.append(node.service.partition(".")[0])
            case End():
                found.append(node.outcome)
            case Call(seen=True):
                found.append("again")
            case Decision():
                found += [ways(branch.body) for branch in node.branches if branch.body]
            case _:
                found += [one for body in bodies_of(node) for one in ways(body)]
    return found


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("decorated(order)", [["told", "failed", "raise", "stop"], ["raise"], "ship", "again"]),
        ("managed(order)", [["told", "stop"], ["raise"], "ship", "told"]),
        ("in_a_loop(order)", [["told"], ["ship", "told"]]),
        ("asyncio.run(in_a_group())", ["ship", "mail", "told"]),
    ],
)
def test_what_runs_as_a_function_or_block_is_left_runs_before_each_return(
    call: str, expected: list[object], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(f"{LEFT}    {call}\n")
    graph = scan(tmp_path, load_config(tmp_path))
    (workflow,) = [one for one in graph.workflows if one.unit == "app.py::work"]
    assert ways(workflow.body) == expected
