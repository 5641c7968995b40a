"""Whose model a query is of: managers and queries of the project's own, shared by several models."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
MODELS = (
    "from django.db import models\n"
    "class Paid(models.QuerySet):\n"
    "    def paid(self): return self.filter(paid=True)\n"
    "class Active(models.Manager):\n"
    "    def get_queryset(self): return Paid(self.model)\n"
    "    def open(self, code): return self.create(code=code)\n"
    "class Order(models.Model):\n"
    "    objects = Paid.as_manager()\n"
    "    def save(self, *args, **kwargs): super().save(*args, **kwargs)\n"
    "class Line(models.Model):\n"
    "    objects = models.Manager.from_queryset(Paid)()\n"
    "    active = Active()\n"
    '    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")\n'
    "    def save(self, *args, **kwargs): super().save(*args, **kwargs)\n"
)


@pytest.mark.parametrize(
    ("query", "model"),
    [
        ("Order.objects", "Order"),
        ("Order.objects.paid()", "Order"),
        ("Order.objects.paid().filter(code=1)", "Order"),
        ("Line.objects.paid()", "Line"),
        ("Line.active", "Line"),
        ("Line.active.filter(code=1)", "Line"),
        ("Order.objects.first().lines", "Line"),
        ("Order.objects.first().lines.paid()", "Line"),
        ('Order.objects.first().lines(manager="active")', "Line"),
        ("Line.objects.first().order.lines.all()", "Line"),
    ],
)
def test_what_is_created_through_a_query_is_of_its_model(find: Find, query: str, model: str) -> None:
    work = f"from shop.models import Line, Order\ndef work():\n    {query}.create(code=1)\n"
    found = find({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/work.py": work})
    saved = {h.target for h in found.hooks if h.unit == "shop/work.py::work" and h.target.endswith(".save")}
    assert saved == {f"shop/models.py::{model}.save"}


def test_a_manager_creates_objects_of_the_models_in_which_it_stands(find: Find) -> None:
    found = find({"shop/__init__.py": "", "shop/models.py": MODELS})
    saved = {h.target for h in found.hooks if h.unit == "shop/models.py::Active.open" and h.target.endswith(".save")}
    assert saved == {"shop/models.py::Line.save"}


def test_a_manager_whose_base_a_call_makes_is_tied_to_its_model_too(find: Find) -> None:
    text = (
        "from django.db import models\nfrom django.db.models.manager import BaseManager\n"
        "class Recent(models.QuerySet):\n    def recent(self): return self.filter(new=True)\n"
        "class Messages(BaseManager.from_queryset(Recent)):\n"
        "    def create(self, **kwargs): return super().create(**kwargs)\n"
        "class Message(models.Model):\n    objects = Messages()\n"
        "    def save(self, **kwargs): super().save(**kwargs)\n"
    )
    found = find({"chat/models.py": text})
    reached = {h.target for h in found.hooks if h.unit == "chat/models.py::Messages.create"}
    assert "chat/models.py::Message.save" in reached


def test_below_an_unknown_librarys_class_the_fields_tell_that_it_is_a_model(find: Find) -> None:
    models = (
        "from django.db import models\nfrom house.bases import Kept\nfrom pydantic import BaseModel\n"
        "class Order(Kept):\n    code = models.CharField()\n"
        "    def save(self, *args, **kwargs): super().save(*args, **kwargs)\n"
        "class Plain(Kept):\n    code = 1\n    def save(self): ...\n"
    )
    work = (
        "from shop.models import Order, Plain\ndef order():\n    Order.objects.create(code=1)\n"
        "def plain():\n    Plain.objects.create(code=1)\n"
    )
    found = find({"shop/__init__.py": "", "shop/models.py": models, "shop/work.py": work})
    assert {(h.unit, h.target) for h in found.hooks} == {("shop/work.py::order", "shop/models.py::Order.save")}


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("Note.objects", set[str]()),
        ("Note.objects.filter(code=1)", set[str]()),
        ("thing.notes", set[str]()),
        ("Line.active", {"shop/models.py::Active.get_queryset"}),
    ],
)
def test_a_query_asks_the_managers_of_its_own_model_only(find: Find, query: str, asked: set[str]) -> None:
    note = "class Note(models.Model):\n"
    note += '    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes")\n'
    work = f"from shop.models import Line, Note, Order\ndef work(thing: Order):\n    {query}.exclude(code=2)\n"
    found = find({"shop/__init__.py": "", "shop/models.py": MODELS + note, "shop/work.py": work})
    reached = {h.target for h in found.hooks if h.unit == "shop/work.py::work" and h.target.endswith(".get_queryset")}
    assert reached == asked
