"""What binds the type variables of a library's class for one class of the project."""

from __future__ import annotations

VIEWS = """
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.viewsets import ModelViewSet

class OrderSerializer(serializers.ModelSerializer):
    def validate_number(self, value): ...

class InvoiceSerializer(serializers.ModelSerializer):
    def validate_total(self, value): ...

class PassUser(GenericAPIView):
    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, user=self.request.user, **kwargs)

class OrderView(PassUser, ModelViewSet):
    serializer_class = OrderSerializer

class InvoiceView(PassUser, ModelViewSet):
    serializer_class = InvoiceSerializer

class ChoosingView(ModelViewSet):
    serializer_class = OrderSerializer
    def get_serializer_class(self):
        return InvoiceSerializer
"""


def validated(scan_source, view: str) -> list[str]:
    graph = scan_source({"manage.py": "import django\n", "shop/__init__.py": "", "shop/views.py": VIEWS})
    called = [edge.target.rpartition(".")[2] for edge in graph.edges if edge.source == f"shop/views.py::{view}"]
    return sorted(name for name in called if name.startswith("validate_"))


def test_a_class_that_names_its_own_is_not_given_what_a_shared_mixin_returns(scan_source):
    assert validated(scan_source, "OrderView") == ["validate_number"]
    assert validated(scan_source, "InvoiceView") == ["validate_total"]


def test_what_a_class_chooses_itself_counts_beside_what_it_names(scan_source):
    assert validated(scan_source, "ChoosingView") == ["validate_number", "validate_total"]
