"""A job that looks for a state takes up what a declared transition to it changes, once that is saved."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from celery import Celery, shared_task
    from django.db import models
    from django_fsm import FSMField, transition

    app = Celery()
    app.conf.beat_schedule = {{"ship": {{"task": "shop.models.ship", "schedule": 60.0}}}}

    class State(models.TextChoices):
        NEW = "new"
        PAID = "paid"
        HELD = "held"

    class Order(models.Model):
        state = FSMField(default=State.NEW)

        @transition(field=state, source=State.NEW, target=State.PAID)
        def pay(self): {inside}

        @transition(field=state, source="*", target="held")
        def hold(self): ...

    @shared_task
    def ship():
        for order in Order.objects.filter(state=State.PAID):
            print(order)

    @shared_task
    def work(number):
        order = Order.objects.get(id=number)
        order.{call}
        {after}
"""


@pytest.mark.parametrize(
    ("call", "inside", "after", "is_taken_up"),
    [
        ("pay()", "...", "order.save()", True),
        ("pay()", "self.save()", "", True),
        ("pay()", "...", "", False),
        ("hold()", "...", "order.save()", False),
    ],
)
def test_what_a_transition_changes_is_taken_up_by_the_job_that_looks_for_it(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph], call: str, inside: str, after: str, is_taken_up: bool
) -> None:
    code = textwrap.dedent(CODE).format(call=call, inside=inside, after=after)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    found = [(edge.source, edge.target) for edge in graph.edges if edge.kind == "poll"]
    assert found == ([("shop/models.py::work", "shop/models.py::ship")] if is_taken_up else [])
