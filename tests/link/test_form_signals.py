"""A form that saves a model sends the model's signals, as its `save` does; one that does not commit sends none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from django import forms
    from django.db import models
    from django.db.models.signals import post_save
    from django.dispatch import receiver

    class Order(models.Model):
        name = models.TextField()

    class Other(models.Model):
        name = models.TextField()

    class OrderForm(forms.ModelForm):
        class Meta:
            model = Order
            fields = ["name"]

    @receiver(post_save, sender=Order)
    def on_order(sender, instance, **kwargs):
        print(instance)

    @receiver(post_save, sender=Other)
    def on_other(sender, instance, **kwargs):
        print(instance)

    def post(request):
        form = OrderForm(request.POST)
        form.save({given})
"""


@pytest.mark.parametrize(("given", "told"), [("", ["on_order"]), ("commit=True", ["on_order"]), ("commit=False", [])])
def test_saving_a_form_tells_who_listens_to_its_model(
    given: str, told: list[str], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({"shop.py": CODE.replace("{given}", given)})
    sent = [edge.target for edge in graph.edges if edge.source == "shop.py::post" and edge.kind == "signal"]
    assert sent == [f"shop.py::{name}" for name in told]
