"""What keeps a history of a model's rows writes a row of its own for each that is saved or deleted."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from django.db import models
    from django.dispatch import receiver
    from simple_history.models import HistoricalRecords
    from simple_history.signals import post_create_historical_record

    class Order(models.Model):
        history = HistoricalRecords()

    class Kept(models.Model):
        log = HistoricalRecords(inherit=True)

        class Meta:
            abstract = True

    class Bill(Kept):
        def save(self, *args, **kwargs):
            super().save(*args, **kwargs)

    class Note(models.Model): ...

    @receiver(post_create_historical_record)
    def tell(sender, **kwargs): ...

    def work(order: Order, note: Note, bill: Bill):
        {call}
"""


@pytest.mark.parametrize(
    ("call", "unit", "written"),
    [
        ("order.save()", "work", ["Order", "HistoricalOrder"]),
        ("order.delete()", "work", ["Order", "HistoricalOrder"]),
        ("Order.objects.create()", "work", ["Order", "HistoricalOrder"]),
        ("Order.objects.filter(pk=1).delete()", "work", ["Order", "HistoricalOrder"]),
        ("bill.save()", "Bill.save", ["Bill", "HistoricalBill"]),
        ("Order.objects.filter(pk=1).update(pk=2)", "work", ["Order"]),
        ("note.save()", "work", ["Note"]),
    ],
)
def test_a_change_of_a_model_with_a_history_writes_and_tells_that_too(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph], call: str, unit: str, written: list[str]
) -> None:
    code = textwrap.dedent(CODE).format(call=call)
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": code})
    at = f"shop/models.py::{unit}"
    assert [one.target for one in graph.effects if one.kind == "db_write" and one.at == at] == written
    told = [edge.target for edge in graph.edges if edge.kind == "signal" and edge.source == at]
    assert told == (["shop/models.py::tell"] if len(written) > 1 else [])
