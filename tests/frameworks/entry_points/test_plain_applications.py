"""A function that a server's command names is an application, where it has the parameters of ASGI or WSGI."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan

APP = """
from django.core.handlers.asgi import ASGIHandler
class Patched(ASGIHandler):
    async def __call__(self, scope, receive, send): ...
    async def handle(self, scope, receive, send): ...
patched = Patched()
async def asgi(scope, receive, send):
    if scope["path"] == "/orders":
        await send({})
def application(environ, start_response):
    return []
class Gateway:
    async def __call__(self, scope, receive, send): ...
gateway = Gateway()
def setup(name): ...
"""


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("uvicorn app:asgi --port 80", ["asgi /orders app.py::asgi"]),
        ("gunicorn app", ["wsgi /* app.py::application"]),
        ("uvicorn app:gateway", ["asgi /* app.py::Gateway.__call__"]),
        ("uvicorn app:patched", []),
        ("uvicorn app:setup", []),
    ],
)
def test_the_named_application_takes_the_requests(tmp_path: Path, command: str, found: list[str]) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "Procfile").write_text(f"web: {command}\n")
    graph = scan(tmp_path, load_config(tmp_path, None))
    assert [f"{t.framework} {t.detail.path} {t.handler}" for t in graph.triggers] == found
