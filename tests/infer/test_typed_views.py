"""Views whose annotations name the library's classes, as type checkers want them, know their own all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

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
        from rest_framework import serializers
        from shop.models import Invoice, Order
        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order
        class InvoiceSerializer(serializers.ModelSerializer):
            class Meta:
                model = Invoice
    """,
    "shop/urls.py": """
        from rest_framework import routers
        from shop import views
        router = routers.SimpleRouter()
        router.register("orders", views.Orders)
        router.register("invoices", views.Invoices)
        urlpatterns = router.urls
    """,
}
HEAD = """
        from rest_framework import viewsets
        from rest_framework.serializers import BaseSerializer
        from shop.models import Invoice, Order
        from shop.serializers import InvoiceSerializer, OrderSerializer
"""
INVOICES = """
        class Invoices(viewsets.ModelViewSet):
            serializer_class = InvoiceSerializer
"""
NAMED = """
        class Orders(viewsets.ModelViewSet):
            serializer_class = OrderSerializer
            def perform_create(self, serializer: BaseSerializer[Order]) -> None:
                serializer.save(owner=self.request.user)
"""
PICKED = """
        class Orders(viewsets.ModelViewSet):
            def get_serializer_class(self) -> type[BaseSerializer[Order]]:
                return OrderSerializer
            def perform_create(self, serializer: BaseSerializer[Order]) -> None:
                serializer.save(owner=self.request.user)
"""
BEHIND_A_BASE = """
        class Base(viewsets.ModelViewSet):
            def perform_create(self, serializer: BaseSerializer) -> None:
                serializer.save()
        class Orders(Base):
            serializer_class = OrderSerializer
            def perform_create(self, serializer: BaseSerializer) -> None:
                serializer.save(owner=self.request.user)
"""


@pytest.mark.parametrize("view", [NAMED, PICKED, BEHIND_A_BASE])
def test_a_view_saves_its_own_serializer_however_wide_the_parameters_annotation_is(
    scan_source: Scan, view: str
) -> None:
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + INVOICES + view})
    written = {effect.target for effect in graph.effects if effect.at.endswith("Orders.perform_create")}
    assert written == {"Order"}


def test_a_base_saves_the_serializers_of_the_views_below_it_and_no_other(scan_source: Scan) -> None:
    base = """
        class Base(viewsets.ModelViewSet):
            def perform_create(self, serializer: BaseSerializer) -> None:
                serializer.save(owner=self.request.user)
        class Orders(Base):
            serializer_class = OrderSerializer
"""
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + INVOICES + base})
    assert {effect.target for effect in graph.effects if effect.at.endswith("Base.perform_create")} == {"Order"}


def test_an_annotation_of_the_projects_own_class_is_believed(scan_source: Scan) -> None:
    view = """
        class Orders(viewsets.ModelViewSet):
            serializer_class = OrderSerializer
            def perform_create(self, serializer: InvoiceSerializer) -> None:
                serializer.save()
"""
    graph = scan_source({**PROJECT, "shop/views.py": HEAD + INVOICES + view})
    assert {effect.target for effect in graph.effects if effect.at.endswith("Orders.perform_create")} == {"Invoice"}


def test_a_bulk_deletion_knows_what_the_method_of_its_bases_base_says(scan_source: Scan) -> None:
    code = """
        from django.db.models import QuerySet
        class Bulk:
            def delete_all(self, rows: QuerySet): ...
        class Own(Bulk):
            def delete_all(self, rows):
                super().delete_all(rows)
        class Orders(Own):
            def delete_all(self, rows):
                rows.delete()
"""
    graph = scan_source({**PROJECT, "shop/bulk.py": code})
    found = [(effect.kind, effect.confidence) for effect in graph.effects if effect.at.endswith("Orders.delete_all")]
    assert found == [("db_write", 0.95)]
