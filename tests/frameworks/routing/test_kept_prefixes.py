"""Applications below another one, each under the prefix that it keeps itself."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from discover.frameworks.records import Findings

APPS = """
    from aiohttp import web

    async def orders(request): ...
    async def stock(request): ...
    async def bills(request): ...

    def orders_app():
        app = web.Application()
        app["prefix"] = "orders"
        app["title"] = "never"
        app.router.add_get("/all", orders)
        return app

    def stock_app():
        app = web.Application()
        app["prefix"] = "stock/v2"
        app.router.add_get("/all", stock)
        return app

    def bills_app(name):
        app = web.Application()
        app["prefix"] = name
        app.router.add_get("/all", bills)
        return app
"""
MAIN = """
    from aiohttp import web
    from apps import bills_app, orders_app, stock_app

    def mount(root, app):
        prefix = app.get("prefix", "api")
        root.add_subapp("/" + prefix, app)

    def main(name):
        root = web.Application()
        for app in (orders_app(), stock_app(), bills_app(name)):
            mount(root, app)
        return root
"""


def test_each_application_is_mounted_under_what_it_keeps(find: Callable[[dict[str, str]], Findings]) -> None:
    found = find({"apps.py": textwrap.dedent(APPS), "main.py": textwrap.dedent(MAIN)})
    assert sorted((one.detail.path, one.unit) for one in found.entry_points if one.kind == "http") == [
        ("/orders/all", "apps.py::orders"),
        ("/stock/v2/all", "apps.py::stock"),
        ("/{}/all", "apps.py::bills"),
    ]
