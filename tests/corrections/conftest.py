"""A small backend with what only running code knows, and its scan under given corrections."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Graph

FILES = {
    "shop/__init__.py": "",
    "shop/app.py": """
        from celery import Celery
        from flask import Flask
        import requests
        from shop.audit import record
        app = Celery("shop")
        web = Flask("shop")
        REGISTRY = load_registry()

        @app.task
        def bill(order):
            requests.post("https://bill.example.com/x", timeout=3)

        @app.task
        def ship(order):
            requests.put("https://ship.example.com/x", timeout=3)

        def score(order):
            return order["n"] * 2

        @web.post("/orders")
        def place(order):
            score(order)
            record(order)
            bill.delay(order)
            REGISTRY[order["kind"]].run(order)
            wire.exchange(order)
            requests.get("https://debug.example.com", timeout=1)
    """,
    "shop/audit.py": """
        import requests
        def record(order):
            requests.post("https://audit.example.com/log", timeout=3)
    """,
    "shop/old.py": """
        from shop.app import web, bill
        @web.post("/old-orders")
        def place(order):
            bill.delay(order)
    """,
    "shop/plugins.py": """
        import requests
        def gift(order):
            requests.post("https://gift.example.com/wrap", timeout=3)
            requests.post("https://gift.example.com/card", timeout=3)
        def plain(order):
            requests.post("https://plain.example.com/pack", timeout=3)
    """,
}

Corrected = Callable[[str], Graph]


@pytest.fixture
def corrected(tmp_path: Path) -> Corrected:
    """Scans the backend with the text as its `undercurrent.yaml`."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())

    def run(corrections: str) -> Graph:
        (tmp_path / "undercurrent.yaml").write_text(textwrap.dedent(corrections))
        return scan(tmp_path, load_config(tmp_path), workers=1)

    return run
