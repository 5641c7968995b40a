"""Steps that begin with a request: it goes to the handler through the framework's own test client."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from exporters.shared.worker.capture import CaptureError, capturing
from exporters.shared.worker.messages import Message, Report, pack_json, unpack_json

ENVELOPE = frozenset({"method", "path", "path_params", "query", "headers", "json", "form", "body"})
_PLACEHOLDER = re.compile(r"<(?:[^<>:]+:)?(\w+)>|\{(\w+)(?::[^{}]+)?\}")
_SHOWN = 10_000


def message(step: str, payload: object, method: str, path: str) -> Message:
    """The request that starts a workflow. A payload that only has the envelope's keys is one; any other is the body."""
    is_envelope = isinstance(payload, dict) and bool(payload) and payload.keys() <= ENVELOPE
    request: dict[str, Any] = dict(cast("dict[str, Any]", payload)) if is_envelope else {}
    if not is_envelope and payload is not None:
        request["json"] = payload
    request.setdefault("method", method or "POST")
    request["path"] = _fill(request.get("path") or path, request.pop("path_params", None) or {})
    return Message(transport="request", name=step, body=pack_json(request), due=None, id="", sender="")


def keywords(request: dict[str, Any]) -> dict[str, Any]:
    """The request as Werkzeug's test client and request context take it."""
    made: dict[str, Any] = {
        "path": request.get("path") or "/",
        "method": request.get("method") or "POST",
        "query_string": request.get("query"),
        "headers": request.get("headers"),
    }
    for key, keyword in (("json", "json"), ("form", "data"), ("body", "data")):
        if key in request:
            made[keyword] = request[key]
    return made


def _fill(path: str, values: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        if name not in values:
            raise ValueError(f"the path {path} needs `path_params` with `{name}`")
        return str(values[name])

    return _PLACEHOLDER.sub(value, path)


def perform(application: Callable[..., Any], step: str, sent: Message) -> Report:
    """Send the request and report status and body. A status of 500 or more is a failed step."""
    request = unpack_json(sent["body"])
    client = getattr(application, "test_client", None)
    if client is None:
        raise CaptureError(f"{type(application).__name__} has no test client: only Flask applications can be called")
    with capturing(step) as capture:
        response = client().open(**keywords(request))
    text = response.get_data(as_text=True)[:_SHOWN]
    failed = f"status {response.status_code}" if response.status_code >= 500 else ""
    result = {"status": response.status_code, "body": text}
    return Report(hops=capture.hops, result=result, error=failed, attempts=1)
