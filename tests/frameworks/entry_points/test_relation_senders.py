"""Receivers of what happens to one relation: they hear that relation alone, wherever its objects come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.frameworks.records import Findings
from discover.model.graph import Graph

Find = Callable[[dict[str, str]], Findings]
FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
from django.db import models
class Label(models.Model): ...
class Seat(models.Model): ...
class Named(models.Model):
    labels = models.ManyToManyField(Label)
    class Meta:
        abstract = True
class Order(Named):
    marks = models.ManyToManyField(Label, related_name="marked")
    seats = models.ManyToManyField(Label, through=Seat)
""",
    "shop/signals.py": """
from django.db.models.signals import m2m_changed
from django.dispatch import receiver
from shop.models import Order, Seat
@receiver(m2m_changed, sender=Order.labels.through)
def relabel(sender, **kwargs): ...
@receiver(m2m_changed, sender=Order.marks.through)
def mark(sender, **kwargs): ...
@receiver(m2m_changed, sender=Seat)
def sit(sender, **kwargs): ...
@receiver(m2m_changed)
def note(sender, **kwargs): ...
""",
}


@pytest.mark.parametrize(
    ("call", "heard"),
    [
        ("order.labels.add(label)", {"relabel", "note"}),
        ("Order.objects.get(pk=1).marks.clear()", {"mark", "note"}),
        ("order.seats.set([label])", {"sit", "note"}),
        ("order.labels.all()", set[str]()),
    ],
)
def test_a_relation_tells_its_own_receivers(find: Find, call: str, heard: set[str]) -> None:
    work = f"from shop.models import Label, Order\ndef work(order: Order, label: Label):\n    {call}\n"
    found = find({**FILES, "shop/work.py": work})
    told = {
        target.rpartition("::")[2] for one in found.dispatches if one.unit.endswith("work") for target in one.targets
    }
    assert told == heard


def test_another_relations_sender_is_no_guess(scan_source: Callable[[Mapping[str, str | bytes]], Graph]) -> None:
    work = """
from django.db.models import signals
class Shelf:
    def add(self, label):
        signals.m2m_changed.send(sender=self.through, model=label)
"""
    graph = scan_source({**FILES, "shop/work.py": work})
    told = {edge.target.rpartition("::")[2] for edge in graph.edges if edge.kind == "signal"}
    assert told == {"note"}
