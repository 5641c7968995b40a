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
