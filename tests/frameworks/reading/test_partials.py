"""A library's way to hand work over that is itself handed over in a partial."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model.graph import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]
WORK = "def bill(code): ...\ndef tell(code): ...\n"
VIEWS = """
from functools import partial
import django_rq
from django.db import transaction
from rq import Queue
from shop.work import bill, tell

def later(job, queue="high"):
    queue = django_rq.get_queue(queue)
    if queue.is_empty():
        callback = partial(queue.enqueue_in, 60, job, 1)
    else:
        callback = partial(queue.enqueue, job, code=1)
    transaction.on_commit(callback)

def post():
    {body}
"""


@pytest.mark.parametrize(
    ("body", "line", "told"),
    [
        ("transaction.on_commit(partial(Queue().enqueue, bill, 1))", 17, ["bill"]),
        ("transaction.on_commit(func=partial(Queue().enqueue_in, 5, tell, code=1))", 17, ["tell"]),
        ("later(bill)", 14, ["bill"]),
        ("later(tell)", 14, ["tell"]),
        ("kept = partial(Queue().enqueue, bill, 1)", 17, []),
        ("transaction.on_commit(partial(bill, tell))", 17, []),
    ],
)
def test_a_partial_of_a_hand_over_hands_over_where_it_is_given_away(
    scan_source: Scan, body: str, line: int, told: list[str]
) -> None:
    files = {"shop/__init__.py": "", "shop/work.py": WORK, "shop/views.py": VIEWS.replace("{body}", body)}
    edges = [edge for edge in scan_source(files).edges if edge.kind == "dispatch"]
    assert [edge.target.rpartition("::")[2] for edge in edges] == told
    assert {edge.line for edge in edges} <= {line}


def test_callers_that_choose_different_jobs_each_have_their_hop(scan_source: Scan) -> None:
    body = "later(bill)\n\ndef get():\n    later(tell)"
    files = {"shop/__init__.py": "", "shop/work.py": WORK, "shop/views.py": VIEWS.replace("{body}", body)}
    found = {(edge.source, edge.target) for edge in scan_source(files).edges if edge.kind == "dispatch"}
    assert ("shop/views.py::post", "shop/work.py::bill") in found
    assert ("shop/views.py::post", "shop/work.py::tell") not in found


CALLED = """
from functools import partial
from rq import Queue
from shop.work import bill, tell

queue = Queue("mail")

def later(job, *args, seconds=0):
    enqueue = queue.enqueue
    if seconds:
        enqueue = partial(queue.enqueue_in, seconds)
    job = enqueue(job, *args, job_timeout=5)
    return job

class Order: ...

def post(order: Order):
    later(bill, order)

def get(order: Order):
    later(tell, order, seconds=5)
"""


def test_a_call_of_a_partial_gives_its_arguments_behind_those_of_the_partial(scan_source: Scan) -> None:
    graph = scan_source({"shop/__init__.py": "", "shop/work.py": WORK, "shop/views.py": CALLED})
    hops = {(edge.source, edge.target, edge.line) for edge in graph.edges if edge.kind == "dispatch"}
    assert {hop for hop in hops if not hop[0].endswith("::later")} == {
        ("shop/views.py::post", "shop/work.py::bill", 18),
        ("shop/views.py::get", "shop/work.py::tell", 21),
    }
    assert not graph.unresolved


FALLING_BACK = """
import django_rq
from functools import partial

def start(job, *args, seconds=0, **kwargs):
    if django_rq.get_connection():
        queue = django_rq.get_queue("high")
        enqueue = queue.enqueue
        if seconds > 0:
            enqueue = partial(queue.enqueue_in, seconds)
        job = enqueue(job, *args, **kwargs)
        return job
    return job(*args, **kwargs)

def tell(order): ...

def tell_later(order):
    start(tell, order)

def bill(order):
    tell_later(order)

def post(order):
    start(bill, order)
"""


def test_a_wrapper_that_also_runs_the_job_itself_hands_over_no_job_of_the_jobs_that_it_runs(scan_source: Scan) -> None:
    graph = scan_source({"shop/__init__.py": "", "shop/later.py": FALLING_BACK})
    hops = {(e.source.partition("::")[2], e.target.partition("::")[2]) for e in graph.edges if e.kind == "dispatch"}
    assert {hop for hop in hops if hop[0] != "start"} == {("tell_later", "tell"), ("post", "bill")}
