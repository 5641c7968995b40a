"""Routes that a project's own admins add."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

FILES = {
    "manage.py": "import django\n",
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    "shop/models.py": "from django.db import models\nclass Order(models.Model): ...\n",
    "shop/urls.py": """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("office/", admin.site.urls)]
""",
}
ADMIN = """
from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_http_methods
from shop.models import Order

{before}class OrderAdmin(admin.ModelAdmin):
    def get_urls(self):
        pay = require_http_methods(["POST"])(self.pay_view)
        own = [
            path("all/", self.admin_site.admin_view(self.all_view)),
            path("<int:pk>/pay/", self.admin_site.admin_view(pay)),
        ]
        return own + super().get_urls()

    def all_view(self, request): ...

    def pay_view(self, request, pk): ...

{after}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@admin.register(Order)\n", ""),
        ("", "admin.site.register(Order, OrderAdmin)"),
        ("", "admin.site.register([Order], OrderAdmin)"),
    ],
)
def test_patterns_of_a_model_admin_stand_below_the_site_and_the_model(
    find: Callable[[dict[str, str]], Findings], before: str, after: str
) -> None:
    found = find({**FILES, "shop/admin.py": ADMIN.format(before=before, after=after)})
    assert sorted((e.detail.path, e.unit.rpartition(".")[2]) for e in found.entry_points if e.kind == "http") == [
        ("/office/shop/order/<int:pk>/pay/", "pay_view"),
        ("/office/shop/order/all/", "all_view"),
    ]


def test_an_admin_of_a_project_without_an_admin_site_has_no_routes(find: Callable[[dict[str, str]], Findings]) -> None:
    files = {**FILES, "shop/urls.py": "urlpatterns = []\n"}
    found = find({**files, "shop/admin.py": ADMIN.format(before="@admin.register(Order)\n", after="")})
    assert [e for e in found.entry_points if e.kind == "http"] == []


@pytest.mark.parametrize(("after", "is_found"), [("admin.site.register(Order, OrderAdmin)", True), ("", False)])
def test_what_is_registered_is_an_admin_whatever_library_has_its_base(
    find: Callable[[dict[str, str]], Findings], after: str, is_found: bool
) -> None:
    code = ADMIN.format(before="", after=after).replace("admin.ModelAdmin", "VersionAdmin")
    found = find({**FILES, "shop/admin.py": f"from somewhere.admin import VersionAdmin\n{code}"})
    paths = [entry.detail.path or "" for entry in found.entry_points if entry.kind == "http"]
    assert sorted(paths) == (["/office/shop/order/<int:pk>/pay/", "/office/shop/order/all/"] if is_found else [])
