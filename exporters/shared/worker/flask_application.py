"""Finds the Flask application that serves a view, and sends requests to it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from exporters.shared.worker.capture import CaptureError
from exporters.shared.worker.search import instances, is_function, load


def find(module: str, qualname: str, named: str = "") -> Any:  # noqa: ANN401 - Flask is imported only here
    """The named application, else the first in the usual places one of whose views is the handler."""
    if named:
        return load(named)
    from flask import Flask

    importlib.import_module(module)
    for candidate in instances(module, Flask):
        views = candidate.view_functions.values()
        if any(is_function(getattr(view, "view_class", view), module, qualname) for view in views):
            return candidate
    raise CaptureError(
        f"no Flask application was found that serves {module}:{qualname}; "
        "say `application: module:object` in the definition"
    )


def sender(application: Any) -> Callable[[dict[str, Any]], tuple[int, str]]:  # noqa: ANN401
    """What sends a request through Flask's test client."""

    def send(request: dict[str, Any]) -> tuple[int, str]:
        response = application.test_client().open(**keywords(request))
        return response.status_code, response.get_data(as_text=True)

    return send


def keywords(request: dict[str, Any]) -> dict[str, Any]:
    """The request as Werkzeug's test client and request context take it."""
    made: dict[str, Any] = {
        "path": request.get("path") or "/",
        "method": request.get("method") or "GET",
        "query_string": request.get("query"),
        "headers": request.get("headers"),
    }
    for key, keyword in (("json", "json"), ("form", "data"), ("body", "data")):
        if key in request:
            made[keyword] = request[key]
    return made
