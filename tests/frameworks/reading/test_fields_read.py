"""Of several models that an object may be, the fields that code reads of it tell which one is saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
MODELS = """
from django.db import models
class Customer(models.Model): ...
class Order(models.Model):
    total = models.IntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
class Invoice(models.Model):
    number = models.IntegerField()
"""
RECEIVERS = """
from django.db.models.signals import post_save
from django.dispatch import receiver
from shop.models import Customer, Invoice, Order
@receiver(post_save, sender=Order)
def on_order(sender, **kwargs): ...
@receiver(post_save, sender=Invoice)
def on_invoice(sender, **kwargs): ...
@receiver(post_save, sender=Customer)
def on_customer(sender, **kwargs): ...
"""


def heard(find: Find, body: str) -> list[str]:
    """The receivers of what a function saves that is given an order, an invoice or a customer."""
    calls = "\n".join(f"def {m.lower()}(): touch({m}.objects.get(), 1)" for m in ("Order", "Invoice", "Customer"))
    work = f"from shop.models import Customer, Invoice, Order\ndef touch(row, x):\n{body}\n{calls}\n"
    found = find(
        {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/receivers.py": RECEIVERS, "shop/work.py": work}
    )
    return sorted(
        target.partition("::on_")[2]
        for sent in found.dispatches
        if sent.unit == "shop/work.py::touch"
        for target in sent.targets
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    row.save()", ["customer", "invoice", "order"]),
        ("    print(row.total)\n    row.save()", ["order"]),
        ("    with x:\n        for y in row.orders.all():\n            row.save()", ["customer"]),
        ("    if row.number:\n        row.save()", ["invoice"]),
        ("    print(row.customer_id)\n    row.save()", ["order"]),
    ],
)
def test_a_field_that_is_surely_read_leaves_the_models_that_have_it(find: Find, body: str, expected: list[str]) -> None:
    assert heard(find, body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "    row.total = 3\n    row.save()",
        "    if x:\n        print(row.total)\n    row.save()",
        "    try:\n        print(row.total)\n    except AttributeError:\n        pass\n    row.save()",
        "    print(x or row.total)\n    row.save()",
        "    print(row.colour)\n    row.save()",
        "    row.save()\n    print(row.total)",
        "    print(row.total)\n    row = load(x)\n    row.save()",
    ],
)
def test_what_is_assigned_read_in_some_runs_or_declared_nowhere_says_nothing(find: Find, body: str) -> None:
    assert len(heard(find, body)) != 1


def test_the_model_of_a_migration_is_not_the_sender_that_receivers_want(find: Find) -> None:
    migration = """
from django.db import migrations
{imports}
def fill(apps, schema_editor):
    {get}
    for row in Order.objects.all():
        row.save()
class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill)]
"""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/receivers.py": RECEIVERS + "@receiver(post_save)\ndef on_any(sender, **kwargs): ...\n",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_old.py": migration.format(imports="", get='Order = apps.get_model("shop", "Order")'),
        "shop/migrations/0002_new.py": migration.format(imports="from shop.models import Order", get="pass"),
    }
    sent = {d.unit.partition("::")[0][-6:-3]: sorted(d.targets) for d in find(files).dispatches}
    assert sent == {
        "old": ["shop/receivers.py::on_any"],
        "new": ["shop/receivers.py::on_any", "shop/receivers.py::on_order"],
    }
