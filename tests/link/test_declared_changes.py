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


FLOW = """
    from celery import Celery, shared_task
    from django.db import models
    from viewflow.fsm import State as Slot

    app = Celery()
    app.conf.beat_schedule = {{"ship": {{"task": "shop.models.ship", "schedule": 60.0}}}}

    class Order(models.Model):
        status = models.CharField(max_length=20)

    class OrderFlow:
        state = Slot(["new", "paid", "held"], default="new")

        def __init__(self, order: Order):
            self.order = order

        @state.setter()
        def store(self, value):
            self.order.status = value

        @state.on_success()
        def done(self, descriptor, source, target):
            {done}

        @state.transition(source="new", target="paid")
        def pay(self): ...

        @state.transition(source="new", target="held")
        def hold(self): ...

    @shared_task
    def ship():
        for order in Order.objects.filter(status="paid"):
            print(order)

    @shared_task
    def work(number):
        OrderFlow(Order.objects.get(id=number)).{call}()
"""


@pytest.mark.parametrize(
    ("call", "done", "is_taken_up"),
    [("pay", "self.order.save()", True), ("pay", "...", False), ("hold", "self.order.save()", False)],
)
def test_what_a_flow_saves_behind_a_transition_is_taken_up(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph], call: str, done: str, is_taken_up: bool
) -> None:
    code = textwrap.dedent(FLOW).format(call=call, done=done)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    found = [(edge.source, edge.target) for edge in graph.edges if edge.kind == "poll"]
    assert found == ([("shop/models.py::work", "shop/models.py::ship")] if is_taken_up else [])
