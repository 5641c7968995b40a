"""What a signal's receiver does with the object that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

MODELS = """
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal, receiver

paid = Signal()

class Tag(models.Model):
    def tidy(self): print(1)

class Order(models.Model):
    tags = models.ManyToManyField(Tag)
    def tidy(self): print(2)

class Invoice(models.Model):
    def tidy(self): print(3)

"""


@pytest.mark.parametrize(
    ("code", "owners"),
    [
        ("@receiver(post_save, sender=Order)\ndef tell(sender, instance, **kwargs):\n    instance.tidy()\n", {"Order"}),
        (
            (
                "@receiver([post_save, post_delete], sender=Order)\n@receiver(post_save, sender=Invoice)\n"
                "def tell(instance, **kwargs):\n    instance.tidy()\n"
            ),
            {"Order", "Invoice"},
        ),
        (
            "def tell(sender, instance, **kwargs):\n    instance.tidy()\npost_save.connect(tell, sender=Invoice)\n",
            {"Invoice"},
        ),
        ("@receiver(post_save, sender=Order)\ndef tell(sender, **kwargs):\n    sender().tidy()\n", {"Order"}),
        (
            (
                "@receiver(m2m_changed, sender=Order.tags.through)\ndef tell(sender, instance, **kwargs):\n"
                "    instance.tidy()\n"
            ),
            {"Tag", "Order", "Invoice"},
        ),
        (
            "@receiver(paid, sender=Order)\ndef tell(sender, instance, **kwargs):\n    instance.tidy()\n",
            {"Tag", "Order", "Invoice"},
        ),
    ],
)
def test_a_receiver_of_a_models_signal_is_given_objects_of_its_sender(
    scan_source: Scan, code: str, owners: set[str]
) -> None:
    graph = scan_source({"shop/__init__.py": "", "shop/models.py": MODELS + code})
    called = {e.target.split("::")[1].split(".")[0] for e in graph.edges if e.source.endswith("::tell")}
    assert called == owners
