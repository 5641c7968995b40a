"""Celery's canvases that are built outside the function that sends them."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

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
