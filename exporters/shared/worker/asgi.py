"""Finds the FastAPI or Starlette application that serves a handler, and sends requests to it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exporters.shared.worker.capture import CaptureError
from exporters.shared.worker.search import instances, is_function, load


def find(module: str, qualname: str, named: str = "") -> Any:  # noqa: ANN401 - the framework has no common type
    """The named application, else the first in the usual places one of whose routes is the handler."""
    if named:
        return load(named)
    cls: Any = importlib.import_module("starlette.applications").Starlette
    importlib.import_module(module)
    for candidate in instances(module, cls):
        if any(is_function(endpoint, module, qualname) for endpoint in _endpoints(candidate.routes)):
            return candidate
    raise CaptureError(
        f"no application was found that serves {module}:{qualname}; say `application: module:object` in the definition"
    )


def _endpoints(routes: Iterable[Any]) -> Iterator[Any]:
    """All endpoints, also of mounted applications and of routers, which newer FastAPI keeps as they were."""
    for route in routes:
        endpoint = getattr(route, "endpoint", None)
        if endpoint is not None:
            yield endpoint
        router = getattr(route, "original_router", route)
        yield from _endpoints(getattr(router, "routes", None) or ())


def sender(application: Any) -> Callable[[dict[str, Any]], tuple[int, str]]:  # noqa: ANN401
    """What sends a request through Starlette's test client, with the application's start and end around it."""
    client_class: Any = importlib.import_module("starlette.testclient").TestClient

    def send(request: dict[str, Any]) -> tuple[int, str]:
        keywords: dict[str, Any] = {"params": request.get("query"), "headers": request.get("headers")}
        for key, keyword in (("json", "json"), ("form", "data"), ("body", "content")):
            if key in request:
                keywords[keyword] = request[key]
        with client_class(application, raise_server_exceptions=False) as client:
            response = client.request(request.get("method") or "GET", request.get("path") or "/", **keywords)
        return response.status_code, response.text

    return send
