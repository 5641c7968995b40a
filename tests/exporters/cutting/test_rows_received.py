"""What receivers of signals leave on a row: no step that reads the row again would find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover import load_config, scan
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting.export import definitions

Tree = Callable[[Mapping[str, str]], Path]
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": 'INSTALLED_APPS = ["shop"]\n',
    "shop/models.py": """
from django.db import models
class Order(models.Model):
    total = models.IntegerField()
    note = models.TextField()
""",
    "shop/receivers.py": """
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
import requests
from shop.models import Order
@receiver({signal}, sender=Order)
def count(sender, instance, **kwargs):
    requests.post("http://told.example/")
    {sets}
""",
    "shop/tasks.py": """
import requests
from celery import shared_task
from shop.models import Order
@shared_task
def ship(n):
    {makes}
    requests.post("http://a.example/")
    requests.post("http://b.example/", json={{"it": {asked}}})
    requests.post("http://c.example/")
""",
}
MAKES = "order = Order.objects.get(pk=n)\n    order.total = 3\n    order.save()"


def _steps(tree: Tree, signal: str, sets: str, asked: str, makes: str = MAKES) -> list[records.Step]:
    words = {"signal": signal, "sets": sets, "asked": asked, "makes": makes}
    root = tree({path: text.format(**words) if "{" in text else text for path, text in FILES.items()})
    graph = scan(root, load_config(root), cache=None)
    made, _ = definitions(graph, lambda path: (root / path).read_text() if (root / path).is_file() else None)
    [one] = [definition for definition in made if "tasks.py::ship" in definition.id]
    return [element for element in all_elements(one.runs[0]) if isinstance(element, records.Step)]


@pytest.mark.parametrize(
    ("signal", "sets", "asked", "is_kept"),
    [
        ("post_save", "instance.lines = 3", "order.lines", True),
        ("pre_save", "instance.lines = 3", "order.lines", True),
        ("post_save", "instance.note = 'x'", "order.note", True),
        ("pre_save", "instance.note = 'x'", "order.note", False),
        ("post_save", "lines = instance.total", "order.note", False),
    ],
)
@pytest.mark.parametrize("makes", [MAKES, "order = Order.objects.create(total=n)"])
def test_what_a_receiver_leaves_on_a_row_stays_with_what_asks_for_it(
    tree: Tree, signal: str, sets: str, asked: str, is_kept: bool, makes: str
) -> None:
    codes = [step.code for step in _steps(tree, signal, sets, asked, makes)]
    assert any(makes.rpartition("\n")[2].strip() in code and asked in code for code in codes) is is_kept
    assert not any("a.example" in code and "c.example" in code for code in codes)
