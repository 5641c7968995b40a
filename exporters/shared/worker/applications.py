"""Sends requests to a backend's handlers through their framework, as the framework's own tests do."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from exporters.shared.worker import asgi, flask_application
from exporters.shared.worker.capture import CaptureError

Sender = Callable[[dict[str, Any]], tuple[int, str]]
"""Takes a request as plain data and gives status and text of the response."""
_DJANGO = frozenset({"django", "rest_framework"})
_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)[\"']")


def family(framework: str) -> str:
    """`flask`, `django` or `asgi`; empty for a framework whose requests can't be sent."""
    word = framework.lower().replace("-", "_")
    if word.startswith("flask"):
        return "flask"
    if word.split(" ", 1)[0] in _DJANGO:
        return "django"
    return "asgi" if word in {"fastapi", "starlette"} else ""


def find(framework: str, module: str, qualname: str, named: str = "") -> Sender:
    """What sends requests to the application that serves a handler; `named` is its `module:object`, when given."""
    match family(framework):
        case "flask":
            return flask_application.sender(flask_application.find(module, qualname, named))
        case "django":
            return _django_sender()
        case "asgi":
            return asgi.sender(asgi.find(module, qualname, named))
        case _:
            raise CaptureError(f"requests to {framework or 'an unknown framework'} can't be sent")


def prepare(roots: Iterable[Path]) -> None:
    """Set Django up before anything of it is imported, where a `manage.py` or the environment names its settings."""
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        for root in roots:
            file = root / "manage.py"
            found = _SETTINGS.search(file.read_text(encoding="utf-8", errors="replace")) if file.is_file() else None
            if found:
                os.environ["DJANGO_SETTINGS_MODULE"] = found.group(1)
                break
        else:
            return
    importlib.import_module("django").setup()


def _django_sender() -> Sender:
    if "django.conf" not in sys.modules:
        raise CaptureError("Django's settings are not known: set DJANGO_SETTINGS_MODULE")
    client_module: Any = importlib.import_module("django.test")
    settings: Any = importlib.import_module("django.conf").settings
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    client = client_module.Client(raise_request_exception=False, SERVER_NAME=named[0] if named else "localhost")

    def send(request: dict[str, Any]) -> tuple[int, str]:
        data, kind = _django_body(client_module, request)
        response = client.generic(
            request.get("method") or "GET",
            _with_query(request),
            data,
            content_type=kind,
            headers=request.get("headers"),
            secure=bool(getattr(settings, "SECURE_SSL_REDIRECT", False)),
        )
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, content.decode(response.charset or "utf-8", "replace")

    return send


def _with_query(request: dict[str, Any]) -> str:
    path, query = request.get("path") or "/", request.get("query")
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _django_body(module: Any, request: dict[str, Any]) -> tuple[bytes, str]:  # noqa: ANN401 - `django.test`
    if "json" in request:
        import json

        return json.dumps(request["json"]).encode(), "application/json"
    if "form" in request:
        return module.client.encode_multipart(module.client.BOUNDARY, request["form"]), module.client.MULTIPART_CONTENT
    return str(request.get("body") or "").encode(), "application/octet-stream"
