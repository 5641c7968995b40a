"""What middleware does that an application is given with arguments for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

APP = """
    import requests
    from fastapi import FastAPI
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.gzip import GZipMiddleware
    class Mailer:
        def send(self):
            requests.post("https://mail.example", timeout=1)
    class Pager:
        def send(self):
            requests.post("https://page.example", timeout=1)
    class Told(BaseHTTPMiddleware):
        def __init__(self, app, limit, teller):
            super().__init__(app)
            self.teller = teller
        async def dispatch(self, request, call_next):
            self.teller.send()
            return await call_next(request)
    async def checked(request, call_next):
        requests.get("https://check.example", timeout=1)
        return await call_next(request)
"""


@pytest.mark.parametrize(
    ("added", "called"),
    [
        ("app = FastAPI()\n    app.add_middleware(Told, limit=3, teller=Mailer())", {"Told.dispatch": "Mailer.send"}),
        ("app = FastAPI(middleware=[Middleware(Told, 3, Pager())])", {"Told.dispatch": "Pager.send"}),
        ("app = FastAPI()\n    app.add_middleware(BaseHTTPMiddleware, dispatch=checked)", {"checked": ""}),
        ("app = FastAPI()\n    app.add_middleware(GZipMiddleware, minimum_size=1000)", dict[str, str]()),
    ],
)
def test_middleware_works_with_what_it_is_added_with(
    added: str, called: dict[str, str], scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    graph = scan_source({"app.py": f"{APP}    {added}\n"})
    around = {entry.handler.partition("::")[2] for entry in graph.hooks}
    assert around == set(called)
    for unit, target in called.items():
        calls = {edge.target.partition("::")[2] for edge in graph.edges if edge.source == f"app.py::{unit}"}
        assert target in calls or not target
    assert not graph.unresolved
