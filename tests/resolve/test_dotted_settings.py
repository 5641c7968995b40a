"""What Pyramid's configurator loads by a dotted name: one that is written, or one that its own settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discover.link.open_ends import IMPORTED
from discover.model import Graph

CODE = {
    "shop/__init__.py": """
        from pyramid.config import Configurator
        SETTINGS = {"shop.mailer": "shop.mail.Mailer", "shop.store": "shop.stores"}
        def main(global_config, **settings):
            config = Configurator(settings={**SETTINGS, **settings})
            config.include("shop.services")
            config.add_route("home", "/home")
            config.add_view(config.maybe_dotted("shop.views.home"), route_name="home")
            config.add_route("other", "/other")
            config.add_view(config.maybe_dotted(".views.other"), route_name="other")
            return config.make_wsgi_app()
    """,
    "shop/mail.py": "class Mailer:\n    def send(self): ...\n",
    "shop/stores.py": """
        class Store:
            def save(self): ...
        def load_from_config(config):
            return Store()
    """,
    "shop/views.py": """
        from pyramid.request import Request
        def home(request: Request):
            request.registry.mailer.send()
            request.registry.store.save()
        def other(request: Request): ...
    """,
    "shop/services.py": """
        import os
        def includeme(config):
            settings = config.get_settings()
            config.registry.mailer = config.maybe_dotted(settings["shop.mailer"])()
            config.registry.store = config.maybe_dotted(settings["shop.store"]).load_from_config(config)
            config.maybe_dotted(os.environ["SHOP_HOOK"])()
    """,
}


def test_what_the_settings_name_is_loaded_and_what_nothing_names_is_open(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
):
    graph = scan_source(CODE)
    calls = {(edge.source, edge.target) for edge in graph.edges if edge.kind == "call"}
    assert {
        ("shop/views.py::home", "shop/mail.py::Mailer.send"),
        ("shop/views.py::home", "shop/stores.py::Store.save"),
    } <= (calls)
    assert {(one.detail.path, one.handler) for one in graph.triggers if one.kind == "http"} == {
        ("/home", "shop/views.py::home"),
        ("/other", "shop/views.py::other"),
    }
    assert [(one.line, one.what) for one in graph.unresolved if one.reason == IMPORTED] == [
        (7, "config.maybe_dotted(os.environ['SHOP_HOOK'])")
    ]
