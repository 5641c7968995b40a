"""Managers that Django makes of a query set's class have the methods of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

MODELS = """
from django.db import models

class OrderQuerySet(models.QuerySet["Order"]):
    def paid(self): return self.filter(paid=True)

class OrderManager(models.Manager["Order"]):
    def book(self, code): return self.get_or_create(code=code)[0]

class Order(models.Model):
    objects = {manager}.from_queryset(OrderQuerySet)()

def begin():
    Order.objects.book("a")
    Order.objects.paid().delete()
"""


@pytest.mark.parametrize(
    ("manager", "called"),
    [("OrderManager", {"OrderManager.book", "OrderQuerySet.paid"}), ("models.Manager", {"OrderQuerySet.paid"})],
)
def test_a_manager_made_of_a_query_set_has_the_methods_of_both(
    scan_source: Scan, manager: str, called: set[str]
) -> None:
    graph = scan_source({"shop/__init__.py": "", "shop/models.py": MODELS.replace("{manager}", manager)})
    found = {
        edge.target.split("::")[1]
        for edge in graph.edges
        if edge.source.endswith("::begin") and edge.confidence > 0.9 and not edge.target.startswith("effect:")
    }
    assert found == called
    assert [(e.detail, e.target) for e in graph.effects if e.at.endswith("::begin")] == [("DELETE", "Order")]
