"""A method that a decorator declares as a change of state changes it where it is called."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from django.db import models
    from django_fsm import FSMField, transition

    class State:
        NEW = 1
        HELD = 2
        PAID = 3

    class Order(models.Model):
        state = FSMField(default="new")

        {declared}
        def pay(self, by):
            return by

    def work(order: Order):
        order.pay(1)
"""
CASES = {
    "one state to another": ('@transition(field=state, source="new", target="paid")', ["state: new → paid"]),
    "one of several states": (
        "@transition(state, [State.NEW, State.HELD], State.PAID)",
        ["state: NEW or HELD → PAID"],
    ),
    "any state": ('@transition(field="state", source="*", target=State.PAID)', ["state: any state → PAID"]),
    "no source": ("@transition(field=state, target=State.PAID)", ["state: any state → PAID"]),
    "only asked for": ("@transition(field=state, source=State.NEW, target=None)", []),
    "no transition": ("@staticmethod", []),
}


@pytest.mark.parametrize(("declared", "expected"), CASES.values(), ids=CASES.keys())
def test_a_declared_transition_changes_the_state_where_it_is_called(
    declared: str, expected: list[str], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = textwrap.dedent(CODE).replace("{declared}", declared)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    found = [(one.at, one.target, one.detail) for one in graph.effects if one.kind == "db_write"]
    assert found == [("shop/models.py::work", "Order", change) for change in expected]


FLOW = """
    from django.db import models
    from viewflow import this
    from viewflow.fsm import State

    class Status(models.TextChoices):
        NEW = "new"
        PAID = "paid"
        LOST = "lost"

    class Note(models.Model): ...

    class Order(models.Model):
        status = models.CharField(max_length=20)

    def is_open(flow): ...

    class OrderFlow:
        state = State(Status, default=Status.NEW)
        other = State(Status)

        def __init__(self, order: Order):
            self.order = order

        @state.setter()
        def store(self, value):
            self.order.status = value

        @state.getter()
        def read(self):
            return self.order.status

        @state.on_success()
        def done(self, descriptor, source, target):
            self.order.save()

        def is_mine(self): ...

        @state.transition(source=Status.NEW, target=Status.PAID, conditions=[is_open, this.is_mine])
        def pay(self):
            Note.objects.create()

        @state.transition(source=State.ANY, target=Status.LOST)
        def lose(self): ...

        @other.transition(source=State.ANY, target=Status.LOST)
        def drop(self): ...

    def work(order: Order):
        OrderFlow(order).{called}()
"""


@pytest.mark.parametrize(
    ("called", "stored", "around"),
    [
        (
            "pay",
            ["status: NEW → PAID"],
            ["OrderFlow.done", "OrderFlow.is_mine", "OrderFlow.read", "OrderFlow.store", "is_open"],
        ),
        ("lose", ["status: any state → LOST"], ["OrderFlow.done", "OrderFlow.read", "OrderFlow.store"]),
        ("drop", [], []),  # another state, which no model holds
        ("is_mine", [], []),
    ],
)
def test_a_transition_of_a_flow_changes_what_the_setter_of_its_state_assigns(
    called: str, stored: list[str], around: list[str], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    code = textwrap.dedent(FLOW).replace("{called}", called)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    found = [(one.at, one.target, one.detail) for one in graph.effects if one.kind == "db_write"]
    assert [one for one in found if one[0] == "shop/models.py::work"] == [
        ("shop/models.py::work", "Order", change) for change in stored
    ]
    reached = {e.target.partition("::")[2] for e in graph.edges if e.source == f"shop/models.py::OrderFlow.{called}"}
    assert sorted(name for name in reached if ":" not in name) == around


def test_the_conditions_of_a_transition_run_where_it_is_called(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    declared = '@transition(field=state, source="new", target="paid", conditions=[can_pay])'
    code = textwrap.dedent(CODE).replace("{declared}", declared) + "\ndef can_pay(order): ...\ndef other(order): ...\n"
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    reached = {edge.target for edge in graph.edges if edge.source == "shop/models.py::work"}
    assert "shop/models.py::can_pay" in reached
    assert "shop/models.py::other" not in reached
