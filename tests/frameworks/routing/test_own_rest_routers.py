from __future__ import annotations

FILES = {
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    "manage.py": "import django\n",
    "shop/views.py": "from rest_framework import viewsets\n"
    "from shop.routing import router\n"
    "class Orders(viewsets.ViewSet):\n    def list(self, request): ...\n"
    "router.register('orders', Orders)\nurlpatterns = []\n",
    "shop/urls.py": "from django.urls import include, path\nfrom shop.routing import router\n"
    "urlpatterns = [path('api/', include('shop.views')), path('api/', include(router.urls))]\n",
}
ROUTER = """
from rest_framework import routers

class Counted:
    def register(self, prefix, viewset, basename=None):
        super().register(prefix, viewset, basename=basename)

class Named(Counted, routers.{base}):
    {suffixes}
    def register(self, *args, **kwargs):
        super().register(*args, **kwargs)

router = Named()
other = routers.SimpleRouter()
"""


def paths(found) -> list[tuple[str | None, str]]:
    return sorted((entry.detail.path, entry.unit.rpartition("::")[2]) for entry in found.entry_points)


def test_what_a_router_of_the_project_passes_on_is_registered_with_it(find):
    routing = ROUTER.format(base="SimpleRouter", suffixes="")
    assert paths(find({**FILES, "shop/routing.py": routing})) == [("/api/orders/", "Orders.list")]


def test_a_router_that_makes_no_suffixes_has_one_route_for_each(find):
    routing = ROUTER.format(base="DefaultRouter", suffixes="")
    assert len(paths(find({**FILES, "shop/routing.py": routing}))) == 2
    routing = ROUTER.format(base="DefaultRouter", suffixes="include_format_suffixes = False")
    assert paths(find({**FILES, "shop/routing.py": routing})) == [("/api/orders/", "Orders.list")]


def test_patterns_that_a_mapped_function_makes_are_routes(find):
    urls = """
from django.urls import include, path
from shop.routing import router
mapped = list(map(lambda name: path("v1/", include(name)), ["shop.views", "shop.more"]))
urlpatterns = [path("api/", include(mapped + [path("", include(router.urls))]))]
"""
    more = "from django.urls import path\ndef show(request): ...\nurlpatterns = [path('show/', show)]\n"
    routing = ROUTER.format(base="SimpleRouter", suffixes="")
    found = find({**FILES, "shop/urls.py": urls, "shop/more.py": more, "shop/routing.py": routing})
    assert paths(found) == [("/api/orders/", "Orders.list"), ("/api/v1/show/", "show")]


def test_what_a_router_of_an_unknown_library_registers_is_routed_less_surely(find):
    routing = "from crm.api import ModuleRouter\nrouter = ModuleRouter()\n"
    found = find({**FILES, "shop/routing.py": routing})
    assert [(e.detail.path, e.unit.rpartition("::")[2], e.confidence) for e in found.entry_points] == [
        ("/api/orders/", "Orders.list", 0.7)
    ]


def test_a_register_of_something_else_routes_nothing(find):
    routing = "from crm.api import Plugins\nrouter = Plugins()\n"
    assert paths(find({**FILES, "shop/routing.py": routing})) == []
