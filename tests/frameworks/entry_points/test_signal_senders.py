from __future__ import annotations

import pytest

FILES = {
    "manage.py": "import django\n",
    "shop/__init__.py": "",
    "shop/models.py": """
from django.db import models
class Order(models.Model): ...
class Invoice(models.Model): ...
""",
    "shop/views.py": """
from shop.models import Invoice, Order
def pay(request):
    Order.objects.create()
def bill(request):
    Invoice.objects.create()
""",
}


def heard(find, sender: str) -> list[str]:
    apps = f"""
from django.apps import AppConfig, apps
from django.db.models import signals
def tell(sender, **kwargs): ...
class ShopConfig(AppConfig):
    def ready(self):
        signals.post_save.connect(tell, sender={sender})
"""
    found = find({**FILES, "shop/apps.py": apps})
    return sorted(d.unit for d in found.dispatches if "shop/apps.py::tell" in d.targets)


@pytest.mark.parametrize(
    "sender",
    [
        'apps.get_model("shop", "Order")',
        'apps.get_model("shop.Order")',
        'apps.get_model(app_label="shop", model_name="Order")',
        'self.get_model("Order")',
    ],
)
def test_a_model_asked_of_the_registry_is_the_sender(find, sender: str):
    assert heard(find, sender) == ["shop/views.py::pay"]


def test_a_receiver_whose_sender_is_not_known_hears_nobody(find):
    assert heard(find, "load_from_table()") == []


def test_a_receiver_without_a_sender_hears_all(find):
    assert heard(find, "None") == ["shop/views.py::bill", "shop/views.py::pay"]


def test_a_sender_that_is_not_known_is_told(find):
    apps = """
from django.db.models.signals import post_save
def tell(sender, **kwargs): ...
post_save.connect(tell, sender=load_from_table())
"""
    found = find({**FILES, "shop/apps.py": apps})
    assert [(p.line, p.reason) for p in found.problems] == [(4, "sender not known")]
