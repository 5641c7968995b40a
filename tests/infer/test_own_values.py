"""What views that share a method do in it: each with the form, serializer or model that its own class says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]
Told = Callable[[str, str, str], list[Any]]

PROJECT = {
    "manage.py": "import django",
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    "shop/models.py": """
        from django.db import models
        class Order(models.Model):
            code = models.CharField(max_length=9)
        class Invoice(models.Model):
            code = models.CharField(max_length=9)
    """,
    "shop/serializers.py": """
        import requests
        from rest_framework import serializers
        from shop.models import Invoice, Order
        class Stamped(serializers.ModelSerializer):
            def create(self, validated_data):
                return super().create({**validated_data, "stamp": 1})
        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["code"]
            def update(self, instance, validated_data):
                requests.post("https://changed.example", timeout=1)
                instance.save()
                return instance
        class InvoiceSerializer(serializers.ModelSerializer):
            class Meta:
                model = Invoice
                fields = ["code"]
        class StampedOrderSerializer(Stamped):
            class Meta:
                model = Order
                fields = ["code"]
        class StampedInvoiceSerializer(Stamped):
            class Meta:
                model = Invoice
                fields = ["code"]
    """,
    "shop/forms.py": """
        import requests
        from django import forms
        from shop.models import Invoice, Order
        class OrderForm(forms.ModelForm):
            class Meta:
                model = Order
                fields = ["code"]
            def save(self, commit=True):
                requests.post("https://form.example", timeout=1)
                return super().save(commit)
        class InvoiceForm(forms.ModelForm):
            class Meta:
                model = Invoice
                fields = ["code"]
    """,
}
HEAD = """
        import requests
        from django.views.generic import CreateView, UpdateView
        from django.views.generic.edit import ModelFormMixin
        from rest_framework import mixins, viewsets
        from shop.forms import InvoiceForm, OrderForm
        from shop.models import Invoice, Order
        from shop.serializers import (
            InvoiceSerializer, OrderSerializer, StampedInvoiceSerializer, StampedOrderSerializer,
        )
"""
API = """
        from django.urls import include, path
        from rest_framework import routers
        from shop import views
        router = routers.SimpleRouter()
        router.register("orders", views.Orders)
        router.register("invoices", views.Invoices)
        urlpatterns = [path("", include(router.urls))]
"""
PAGES = """
        from django.urls import path
        from shop import views
        urlpatterns = [
            path("orders/", views.Orders.as_view()),
            path("invoices/", views.Invoices.as_view()),
        ]
"""
CHANGED: dict[str, object] = {"OrderSerializer.update": ["http https://changed.example", "db_write Order"]}


@pytest.fixture
def told(scan_source: Scan, outline: Callable[..., list[Any]]) -> Told:
    """The outline of the workflow of a request to a shop with these views and routes."""

    def run(views: str, urls: str, request: str) -> list[Any]:
        graph = scan_source({**PROJECT, "shop/views.py": HEAD + views, "shop/urls.py": urls})
        workflow = next(one for one in graph.workflows if one.name.startswith(request))
        return outline(workflow.body)

    return run


KEPT = """
        class Keeping(mixins.UpdateModelMixin, viewsets.GenericViewSet):
            def perform_update(self, serializer):
                requests.post("https://kept.example", timeout=1)
                serializer.save()
        class Orders(Keeping):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer
        class Invoices(Keeping):
            queryset = Invoice.objects.all()
            serializer_class = InvoiceSerializer
"""


def test_each_view_saves_its_own_serializer_in_the_method_that_it_inherits(told: Told) -> None:
    order, invoice = (told(KEPT, API, f"PUT/PATCH /{name}/") for name in ("orders", "invoices"))
    assert order[0]["one of? update"] == [{"Keeping.perform_update": ["http https://kept.example", CHANGED]}]
    assert invoice[0]["one of? update"] == [
        {"Keeping.perform_update": ["http https://kept.example", "db_write Invoice"]}
    ]


def test_what_the_library_writes_for_one_serializer_stands_beside_what_another_one_does_itself(told: Told) -> None:
    views = """
        class Orders(mixins.UpdateModelMixin, viewsets.GenericViewSet):
            queryset = Order.objects.all()
            def get_serializer_class(self):
                return OrderSerializer if self.request.user.is_staff else InvoiceSerializer
            def perform_update(self, serializer):
                serializer.save()
        class Invoices(viewsets.GenericViewSet):
            queryset = Invoice.objects.all()
    """
    saved = {"one of? InvoiceSerializer": ["db_write Invoice"], "one of? OrderSerializer": [CHANGED]}
    assert told(views, API, "PUT/PATCH /orders/")[0]["one of? update"] == [{"Orders.perform_update": [saved]}]


def test_a_serializers_model_is_its_own_where_it_inherits_how_it_creates(told: Told) -> None:
    views = """
        class Stamping(mixins.CreateModelMixin, viewsets.GenericViewSet):
            def perform_create(self, serializer):
                serializer.save()
        class Orders(Stamping):
            queryset = Order.objects.all()
            serializer_class = StampedOrderSerializer
        class Invoices(Stamping):
            queryset = Invoice.objects.all()
            serializer_class = StampedInvoiceSerializer
    """
    assert told(views, API, "POST /orders/") == ["db_write Order"]
    assert told(views, API, "POST /invoices/") == ["db_write Invoice"]


def test_a_view_with_a_model_and_fields_saves_the_form_that_django_makes(told: Told) -> None:
    views = """
        class Logged(ModelFormMixin):
            def get_form(self, form_class=None):
                form = super(Logged, self).get_form(form_class)
                form.helper = object()
                return form
            def form_valid(self, form):
                requests.post("https://log.example", timeout=1)
                return super(Logged, self).form_valid(form)
        class Orders(Logged, CreateView):
            model = Order
            form_class = OrderForm
        class Invoices(Logged, CreateView):
            model = Invoice
            fields = ["code"]
    """
    ordered = ["http https://log.example", {"OrderForm.save": ["http https://form.example", "db_write Order"]}]
    invoiced = ["http https://log.example", "db_write Invoice"]
    assert told(views, PAGES, "GET/POST/PUT /orders/")[0]["one of? post"] == [{"Logged.form_valid": ordered}]
    assert told(views, PAGES, "GET/POST/PUT /invoices/")[0]["one of? post"] == [{"Logged.form_valid": invoiced}]


def test_a_mixin_that_saves_the_form_runs_the_save_of_the_views_own_form_alone(told: Told) -> None:
    views = """
        class Kept:
            def form_valid(self, form):
                self.object = form.save()
                requests.post("https://kept.example", timeout=1)
        class Orders(Kept, CreateView):
            form_class = OrderForm
        class Invoices(Kept, UpdateView):
            form_class = InvoiceForm
    """
    ordered = [{"OrderForm.save": ["http https://form.example", "db_write Order"]}, "http https://kept.example"]
    invoiced = ["db_write Invoice", "http https://kept.example"]
    assert told(views, PAGES, "GET/POST/PUT /orders/")[0]["one of? post"] == [{"Kept.form_valid": ordered}]
    assert told(views, PAGES, "GET/POST/PUT /invoices/")[0]["one of? post"] == [{"Kept.form_valid": invoiced}]


def test_a_form_that_a_view_passes_by_itself_is_not_taken_for_the_views_form(told: Told) -> None:
    views = """
        class Kept(ModelFormMixin):
            def form_valid(self, form):
                requests.post("https://kept.example", timeout=1)
                form.save()
        class Orders(Kept, CreateView):
            form_class = OrderForm
        class Invoices(Kept, CreateView):
            form_class = InvoiceForm
            def post(self, request):
                return self.form_valid(OrderForm(request.POST))
    """
    assert "OrderForm.save" in str(told(views, PAGES, "POST /invoices/"))


def test_a_class_that_is_called_as_the_one_it_extends_goes_on_behind_itself(told: Told) -> None:
    views = """
        class Guarded:
            def dispatch(self, request, *args, **kwargs):
                requests.post("https://guard.example", timeout=1)
                return super().dispatch(request, *args, **kwargs)
        class UpdateView(Guarded, UpdateView):
            model = Order
            fields = ["code"]
            def dispatch(self, request, *args, **kwargs):
                if not request.user.is_staff:
                    raise PermissionError("no")
                return super(UpdateView, self).dispatch(request, *args, **kwargs)
        class Orders(UpdateView):
            pass
        class Invoices(CreateView):
            form_class = InvoiceForm
    """
    refused = {"not request.user.is_staff? yes": ['raise PermissionError("no")']}
    assert told(views, PAGES, "GET/POST/PUT /orders/") == [
        {"UpdateView.dispatch": [refused, "http https://guard.example"]},
        {"one of? post": ["db_write Order"], "one of? put": ["db_write Order"]},
    ]
