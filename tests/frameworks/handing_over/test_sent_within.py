"""A signal that the library sends is told once: at the call that comes to the library."""

from __future__ import annotations

import pytest

from discover.infer.node_trees import walked
from discover.model import Hop

MODELS = """
from django.db import models
class Logged(models.Model):
    class Meta:
        abstract = True
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
class Order(models.Model):
    def save(self, *args, **kwargs):
        print("saving")
        super().save(*args, **kwargs)
    def accept(self):
        self.save()
class Invoice(Logged):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
class Parcel(Logged): ...
class Priced(models.Model):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
class Label(Logged, Priced): ...
class Tracked:
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.tracked = True
class Crate(Tracked, Logged):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
class Draft(models.Model):
    def save(self, *args, **kwargs):
        write(self)
def write(row):
    models.Model.save(row)
"""
SIGNALS = """
from django.db.models.signals import post_save
from django.dispatch import receiver
import requests
from shop.models import Crate, Draft, Invoice, Label, Order, Parcel
@receiver(post_save, sender=Order)
def on_order(sender, **kwargs): requests.post("https://a.example/order")
@receiver(post_save, sender=Invoice)
def on_invoice(sender, **kwargs): requests.post("https://a.example/invoice")
@receiver(post_save, sender=Parcel)
def on_parcel(sender, **kwargs): requests.post("https://a.example/parcel")
@receiver(post_save, sender=Label)
def on_label(sender, **kwargs): requests.post("https://a.example/label")
@receiver(post_save, sender=Crate)
def on_crate(sender, **kwargs): requests.post("https://a.example/crate")
@receiver(post_save, sender=Draft)
def on_draft(sender, **kwargs): requests.post("https://a.example/draft")
"""
TASKS = """
from celery import shared_task
from shop.models import Crate, Draft, Invoice, Label, Order, Parcel
@shared_task
def work(number):
    BODY
"""


def told(scan_source, body: str) -> tuple[list[tuple[str, str]], list[tuple[str, ...]]]:
    """The document's signal edges by the unit that sends, and the hops of the workflow as it opens."""
    found = scan_source({
        "manage.py": "import django\n",
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/signals.py": SIGNALS,
        "shop/tasks.py": TASKS.replace("BODY", body),
    })  # fmt: skip
    workflow = next(w for w in found.workflows if w.unit == "shop/tasks.py::work")
    hops = [node.runs for node in walked(workflow.body) if isinstance(node, Hop)]
    edges = [(e.source, e.target) for e in found.edges if e.kind == "signal" and e.source.startswith("shop/tasks")]
    return edges, hops


@pytest.mark.parametrize(
    ("body", "receiver"),
    [
        ("Order(id=number).save()", "on_order"),
        ("Crate(id=number).save()", "on_crate"),
        ("Order.objects.create(id=number)", "on_order"),
        ("Order.objects.get(id=number).accept()", "on_order"),
        ("Invoice.objects.get(id=number).save()", "on_invoice"),
        ("Parcel(id=number).save()", "on_parcel"),
        ("Label(id=number).save()", "on_label"),
    ],
)
def test_an_overridden_save_tells_it_where_it_goes_on(scan_source, body, receiver):
    edges, hops = told(scan_source, body)
    assert edges == []
    assert hops == [(f"shop/signals.py::{receiver}",)]


def test_a_save_that_is_not_seen_to_go_on_leaves_it_to_the_caller(scan_source):
    edges, hops = told(scan_source, "Draft(id=number).save()")
    assert ("shop/tasks.py::work", "shop/signals.py::on_draft") in edges
    assert ("shop/signals.py::on_draft",) in hops
