"""Models that a library looks up by their label, since a project may put its own in their place."""

from __future__ import annotations

import pytest

MODELS = """
import swapper
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=9)

    def greet(self): ...

class Order(models.Model):
    customer = models.ForeignKey(swapper.get_model_name("shop", "Customer"), on_delete=models.CASCADE)
"""


@pytest.mark.parametrize(
    "code",
    [
        "from swapper import load_model\ndef run():\n    load_model('shop', 'Customer').objects.get(pk=1).greet()\n",
        "from oscar.core.loading import get_model\ndef run():\n    get_model('shop', 'customer')().greet()\n",
        "from shop.models import Order\ndef run():\n    Order.objects.get(pk=1).customer.greet()\n",
    ],
)
def test_a_swappable_model_is_the_class_of_its_label(scan_source, code: str) -> None:
    files = {"manage.py": "import django\n", "shop/__init__.py": "", "shop/models.py": MODELS, "shop/work.py": code}
    calls = [(edge.source, edge.target) for edge in scan_source(files).edges if edge.kind == "call"]
    assert ("shop/work.py::run", "shop/models.py::Customer.greet") in calls
