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
