"""What a form's cleaned data and a serializer's validated data hold under a field's name: whose row is saved there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

CODE = """
    from django import forms
    from django.db import models
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    from rest_framework import serializers

    class Order(models.Model):
        name = models.TextField()

    class Tag(models.Model):
        name = models.TextField()

    class Bill(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE)
        tags = models.ManyToManyField(Tag)

    @receiver(post_save, sender=Order)
    def on_order(sender, instance, **kwargs):
        print(instance)

    @receiver(post_save, sender=Tag)
    def on_tag(sender, instance, **kwargs):
        print(instance)

    @receiver(post_save, sender=Bill)
    def on_bill(sender, instance, **kwargs):
        print(instance)

    class PickForm(forms.Form):
        picked = forms.ModelChoiceField(queryset=Order.objects.all())
        tags = forms.ModelMultipleChoiceField(Tag.objects.none())
        note = forms.CharField()

        def clean(self):
            data = super().clean()
            {clean}
            return data

        def store(self):
            {store}

    class SmallForm(PickForm): ...

    class BillForm(forms.ModelForm):
        class Meta:
            model = Bill
            fields = ["order", "tags"]

    class Picks(forms.BaseFormSet): ...

    PickForms = forms.formset_factory(PickForm)
    OwnPickForms = forms.formset_factory(PickForm, formset=Picks)
    BillForms = forms.modelformset_factory(Bill, form=BillForm)
    PlainForms = forms.inlineformset_factory(Order, Bill, fields=["order"])

    class BillSerializer(serializers.ModelSerializer):
        chosen_id = serializers.PrimaryKeyRelatedField(queryset=Order.objects.all(), source="chosen")
        more = serializers.SlugRelatedField(slug_field="name", queryset=Tag.objects, many=True)

        class Meta:
            model = Bill
            fields = ["order", "chosen_id", "more"]

        def create(self, validated_data):
            {create}

        def validate(self, attrs):
            {validate}
            return attrs

    class CartSerializer(serializers.Serializer):
        bills = BillSerializer(many=True)

    def serve(order):
        {serve}

    def post(request):
        {post}
"""
PLACES = {
    "clean": "PickForm.clean",
    "store": "PickForm.store",
    "create": "BillSerializer.create",
    "validate": "BillSerializer.validate",
    "serve": "serve",
    "post": "post",
}
IN_CART = "CartSerializer(data=request.data).validated_data['bills']"
VALIDATED = "BillSerializer(data=request.data).validated_data"


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        ("post", "PickForm(request.POST).cleaned_data['picked'].save()", ["on_order"]),
        ("post", "PickForm(request.POST).cleaned_data.get('picked').save()", ["on_order"]),
        ("post", "[tag.save() for tag in PickForm(request.POST).cleaned_data['tags']]", ["on_tag"]),
        ("post", "PickForm(request.POST).cleaned_data['note'].save()", []),
        ("clean", "data['picked'].save()", ["on_order"]),
        ("store", "self.cleaned_data.pop('picked').save()", ["on_order"]),
        ("post", "BillForm(request.POST).cleaned_data['order'].save()", ["on_order"]),
        ("post", "[tag.save() for tag in BillForm(request.POST).cleaned_data['tags']]", ["on_tag"]),
        ("post", "BillForm(request.POST).instance.save()", ["on_bill"]),
        ("post", "BillForm(request.POST).save(commit=False).save()", ["on_bill"]),
        ("post", "[form.cleaned_data['picked'].save() for form in PickForms(request.POST)]", ["on_order"]),
        ("post", "[form.cleaned_data['picked'].save() for form in OwnPickForms(request.POST)]", ["on_order"]),
        ("post", "[data['picked'].save() for data in PickForms(request.POST).cleaned_data]", ["on_order"]),
        ("post", "[form.cleaned_data['order'].save() for form in BillForms(request.POST)]", ["on_order"]),
        ("post", "[form.instance.save() for form in PlainForms(request.POST)]", ["on_bill"]),
        ("post", "[bill.save() for bill in BillForms(request.POST).save(commit=False)]", ["on_bill"]),
        ("post", "BillForms(request.POST).save()", ["on_bill"]),
        ("post", f"{VALIDATED}['order'].save()", ["on_order"]),
        ("post", f"{VALIDATED}['chosen'].save()", ["on_order"]),
        ("post", f"{VALIDATED}['chosen_id'].save()", []),
        ("post", f"[tag.save() for tag in {VALIDATED}['more']]", ["on_tag"]),
        ("post", f"[one['order'].save() for one in {IN_CART}]", ["on_order"]),
        ("create", "validated_data['mine'] = Tag(); validated_data['mine'].save()", ["on_tag"]),
        ("create", "validated_data.pop('chosen').save()", ["on_order"]),
        ("validate", "attrs['order'].save()", ["on_order"]),
    ],
)  # fmt: skip
def test_what_is_saved_of_a_forms_data_sends_its_models_signals(
    place: str, code: str, told: list[str], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    assert _sent(scan_source, place, {place: code}) == told


def test_what_is_handed_on_by_name_of_validated_data_is_what_its_fields_give(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    assert _sent(scan_source, "serve", {"serve": "order.save()", "post": f"serve(**{VALIDATED})"}) == ["on_order"]


def test_what_a_form_leaves_in_its_data_is_not_in_another_forms(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    code = {"store": "self.cleaned_data['mine'] = Tag()", "post": "BillForm(request.POST).cleaned_data['mine'].save()"}
    assert _sent(scan_source, "post", code) == []
    assert _sent(scan_source, "store", {"store": f"{code['store']}; self.cleaned_data['mine'].save()"}) == ["on_tag"]


def test_a_form_finds_what_a_class_above_it_leaves_in_its_data(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
) -> None:
    code = {"store": "self.cleaned_data['mine'] = Tag()", "post": "SmallForm(request.POST).cleaned_data['mine'].save()"}
    assert _sent(scan_source, "post", code) == ["on_tag"]


def _sent(scan_source: Callable[[Mapping[str, str | bytes]], Graph], place: str, code: Mapping[str, str]) -> list[str]:
    text = CODE
    for name in PLACES:
        text = text.replace("{" + name + "}", code.get(name, "pass"))
    graph = scan_source({"shop.py": text})
    sent = [e.target for e in graph.edges if e.source == f"shop.py::{PLACES[place]}" and e.kind == "signal"]
    return [one.removeprefix("shop.py::") for one in sent]
