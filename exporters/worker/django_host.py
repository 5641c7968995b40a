"""Django and its REST framework: requests through the middleware, the URLs and the view's own machinery."""

from __future__ import annotations

import importlib
import sys
from functools import wraps
from itertools import pairwise
from typing import Any

from exporters.worker import standing
from exporters.worker.errors import CaptureError, RequestFailedError
from exporters.worker.messages import Request
from exporters.worker.plan import Run
from exporters.worker.responses import body_of, response_of, with_query
from exporters.worker.web_host import WebHost

_GIVING = frozenset(f"django.views.decorators.{name}" for name in ("cache", "vary", "clickjacking", "csrf", "common"))
"""Modules of Django whose decorators give a response something, and have no say in whether the view is asked."""


def host(run: Run) -> WebHost:
    """The view that the run is made of, behind the project's URLs."""
    if "django.conf" not in sys.modules:
        raise CaptureError("Django's settings are not known: set DJANGO_SETTINGS_MODULE")
    function = standing.function_at(run.function, run.wrapper)
    handler = _handler(function)

    def nothing() -> Any:
        return importlib.import_module("django.http").HttpResponse(status=204)

    return WebHost(run, function, lambda request, first: _sent(handler, request, first=first), nothing)


def _handler(function: Any) -> Any:
    base: Any = importlib.import_module("django.core.handlers.base").BaseHandler

    class Handler(base):
        """As the WSGI handler; behind the first request of a run, the view's decorators have had their say."""

        first = True

        def resolve_request(self, request: Any) -> Any:
            callback, args, kwargs = super().resolve_request(request)
            is_class = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
            is_later = not request.undercurrent_first and not is_class
            if is_later and any(layer is function for layer in standing.layers(callback)):
                inner = _on_responses(callback) or function

                @wraps(callback)
                def direct(*given: Any, **named: Any) -> Any:
                    return inner(*given, **named)

                return direct, args, kwargs
            return callback, args, kwargs

    handler = Handler()
    handler.load_middleware()
    return handler


def _on_responses(callback: Any) -> Any:
    """What the view is from the outermost decorator on that only gives a response something; None without one."""
    around = (layer for layer, _ in pairwise(standing.layers(callback)))
    return next((layer for layer in around if getattr(layer, "__globals__", {}).get("__name__") in _GIVING), None)


def _sent(handler: Any, request: Request, *, first: bool) -> Any:
    signals: Any = importlib.import_module("django.core.signals")
    made = _request(request)
    made.undercurrent_first = first
    raised: list[BaseException] = []

    def note(sender: object, **_more: object) -> None:  # noqa: ARG001 - Django's names
        error = sys.exc_info()[1]
        if error is not None:
            raised.append(error)

    signals.got_request_exception.connect(note, weak=False)
    signals.request_started.send(sender=type(handler), environ=made.environ)
    try:
        response = handler.get_response(made)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        headers = [*response.items(), *(("Set-Cookie", one.OutputString()) for one in response.cookies.values())]
        response.close()
    finally:
        signals.got_request_exception.disconnect(note)
    if raised:
        raise raised[0]
    if response.status_code >= 500 and first:
        raise RequestFailedError(f"status {response.status_code}")
    return response_of(response.status_code, headers, content)


def _request(request: Request) -> Any:
    settings: Any = importlib.import_module("django.conf").settings
    factory: Any = importlib.import_module("django.test").RequestFactory
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    body, kind = body_of(request)
    given = {name.lower(): value for name, value in (request.get("headers") or {}).items()}
    headers = {name: value for name, value in (request.get("headers") or {}).items() if name.lower() != "content-type"}
    made = factory(SERVER_NAME=named[0] if named else "localhost").generic(
        request.get("method") or "GET",
        with_query(request),
        body,
        content_type=kind or given.get("content-type") or "application/octet-stream",
        headers=headers,
        secure=bool(getattr(settings, "SECURE_SSL_REDIRECT", False)),
    )
    made._dont_enforce_csrf_checks = True
    return made
