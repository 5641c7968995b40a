"""Celery's canvases that are built outside the function that sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discover.frameworks.records import Findings
from discover.model.graph import Graph

FILES = {
    "shop/__init__.py": "",
    "shop/work.py": """
from celery import chain, shared_task
from django.db import transaction
@shared_task
def print_bill(number): ...
@shared_task
def send_bill(number): ...
@shared_task
def tidy(number): ...
def bill(numbers, steps):
    parts = [print_bill.si(n) for n in numbers]
    parts.append(send_bill.si(1))
    transaction.on_commit(lambda: chain(*parts).apply_async())
def own(parts):
    parts = [tidy.si(1)]
    transaction.on_commit(lambda parts=None: chain(*parts).apply_async())
""",
}


def test_a_lambda_sends_what_the_function_around_it_built(find: Callable[[dict[str, str]], Findings]) -> None:
    found = find(FILES)
    told = [(one.unit.rpartition("::")[2], target) for one in found.dispatches for target in one.targets]
    sent = {(unit, target.rpartition("::")[2]) for unit, target in told}
    assert sent == {("bill.<locals>.<lambda>", "print_bill"), ("bill.<locals>.<lambda>", "send_bill")}


MADE = """
from typing import Any, Protocol, cast
from celery import Task
from celery.canvas import Signature

class Own(Task):
    def si(self, *args: Any, **kwargs: Any) -> Signature:
        return super().si(*args, **kwargs)

class Parted(Protocol):
    def si(self, *args: Any, **kwargs: Any) -> Signature: ...

def make(task: Parted | Signature, *args: Any, **kwargs: Any) -> Signature:
    if isinstance(task, Signature):
        return task.clone(kwargs=kwargs)
    return task.si(*args, **kwargs)

def send(task: Parted | Signature, *args: Any, **kwargs: Any) -> Any:
    part = make(task if isinstance(task, Signature) else cast("Parted", task), *args, **kwargs)
    return part.apply_async(countdown=3)

def send_for(order, **kwargs):
    return send(bill, order, **kwargs)

from shop.work import bill
"""
WORK = """
from celery import shared_task
from shop.send import send, send_for

@shared_task
def bill(order): ...

@shared_task
def tell(order): ...

@shared_task
def never(order): ...

def post(order):
    send(bill, order)

def put(order, kind):
    if kind:
        task = bill
    else:
        task = tell
    send(task, order, kind=kind)

def patch(order):
    send_for(order)

def delete(order, task):
    send(task, order)
"""


def test_a_part_that_a_helper_makes_of_the_task_it_is_given_is_handed_over_where_the_task_is_chosen(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    graph = scan_source({"shop/__init__.py": "", "shop/send.py": MADE, "shop/work.py": WORK})
    hops = [edge for edge in graph.edges if edge.kind == "dispatch"]
    assert [(one.source.partition("::")[2], one.target.partition("::")[2], one.confidence) for one in hops] == [
        ("send_for", "bill", 0.9),
        ("post", "bill", 0.9),
        ("put", "bill", 0.7),
        ("put", "tell", 0.7),
    ]
