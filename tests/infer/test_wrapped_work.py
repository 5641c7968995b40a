"""Work that a callback after the commit, a generic caller or the project's own decorator does is told where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan

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
