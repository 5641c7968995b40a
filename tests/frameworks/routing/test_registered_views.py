"""Views that a decorator puts into a registry by model, from which a function makes the URL patterns of each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

REGISTRY = """
import collections
class Registry(dict):
    def __getitem__(self, key):
        return super().__getitem__(key)
registry = Registry({"views": collections.defaultdict(dict), "jobs": collections.defaultdict(dict)})
def register_view(model, name="", path=None, detail=True):
    def wrap(cls):
        label = model._meta.app_label
        key = model._meta.model_name
        if key not in registry["views"][label]:
            registry["views"][label][key] = []
        registry["views"][label][key].append({
            "view": cls, "path": path if path is not None else name, "detail": detail,
        })
        return cls
    return wrap
def register_job(label, kind, job):
    registry["jobs"][label][kind].append(job)
"""
PATTERNS = """
from django.urls import path
from shop.registry import registry
def get_model_urls(label, model, detail=True):
    paths = []
    views = [view for view in registry["views"][label][model] if view["detail"] == detail]
    for config in views:
        view = config["view"].as_view()
        url = f"{config['path']}/" if config["path"] else ""
        paths.append(path(url, view))
    return paths
"""
MODELS = """
from django.db import models
class Order(models.Model): ...
class Bill(models.Model):
    class Meta:
        app_label = "billing"
"""
VIEWS = """
from django.views.generic import View
from shop.models import Bill, Order
from shop.registry import register_view
class Listed(View):
    def get(self, request): ...
@register_view(Order, "list", path="", detail=False)
class Orders(Listed): ...
@register_view(Order)
class Shown(Listed): ...
@register_view(Order, "add", detail=False)
@register_view(Order, "edit")
class Edited(View):
    def post(self, request): ...
@register_view(Bill, "print", path="as-pdf")
class Printed(View):
    def get(self, request): ...
class Left(View):
    def get(self, request): ...
"""
URLS = """
from django.urls import include, path
from shop.patterns import get_model_urls
urlpatterns = [
    path("orders/", include(get_model_urls("shop", "order", detail=False))),
    path("orders/<int:pk>/", include(get_model_urls("shop", "order"))),
    %s
]
"""
OF_ORDERS = {
    ("/orders/", "Listed.get"),
    ("/orders/<int:pk>/", "Listed.get"),
    ("/orders/<int:pk>/edit/", "Edited.post"),
    ("/orders/add/", "Edited.post"),
}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (
            'path("bills/<int:pk>/", include(get_model_urls("billing", "bill"))),',
            {("/bills/<int:pk>/as-pdf/", "Printed.get")},
        ),
        ("", set[tuple[str, str]]()),  # nothing makes a pattern of the bills' view
    ],
)
def test_each_registered_view_has_the_path_that_its_decorator_and_its_model_give_it(
    find: Find, more: str, found: set[tuple[str, str]]
) -> None:
    files = {"registry": REGISTRY, "patterns": PATTERNS, "models": MODELS, "views": VIEWS, "urls": URLS % more}
    files = {f"shop/{name}.py": text for name, text in files.items()} | {"shop/__init__.py": ""}
    entries = find(files).entry_points
    assert {(e.detail.path, e.unit.partition("::")[2]) for e in entries if e.kind == "http"} == OF_ORDERS | found
