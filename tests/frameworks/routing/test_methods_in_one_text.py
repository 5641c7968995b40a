"""Methods that a route names in one text are methods each: nameko's `@http("GET,POST", "/orders")`."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

SERVICE = """
from nameko.web.handlers import http

class Orders:
    name = "orders"
    @http("GET, POST", "/orders")
    def orders(self, request): ...
"""


def test_each_method_counts(find: Callable[[dict[str, str]], Findings]) -> None:
    assert [entry.detail.methods for entry in find({"app.py": SERVICE}).entry_points] == [("GET", "POST")]
