"""Requests and responses as plain data, whatever the framework."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode

from exporters.worker.messages import Request

ENVELOPE = frozenset({"method", "path", "path_params", "query", "headers", "json", "form", "body"})
_PLACEHOLDER = re.compile(r"<(?:[^<>:]+:)?(\w+)>|\{(\w+)(?::[^{}]+)?\}")


def request_of(payload: object, method: str, path: str) -> Request:
    """The request that starts a workflow. A payload that only has the envelope's keys is one; any other is the body."""
    is_envelope = isinstance(payload, dict) and bool(payload) and payload.keys() <= ENVELOPE
    request: dict[str, Any] = dict(cast("dict[str, Any]", payload)) if is_envelope else {}
    if not is_envelope and payload is not None:
        request["json"] = payload
    request.setdefault("method", method or "POST")
    request["path"] = _filled(request.get("path") or path, request.pop("path_params", None) or {})
    return cast("Request", request)


def parameters_of(path: str) -> list[str]:
    """The names in a path with placeholders, which a request fills."""
    return [match.group(1) or match.group(2) for match in _PLACEHOLDER.finditer(path)]


def _filled(path: str, values: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        if name not in values:
            raise ValueError(f"the path {path} needs `path_params` with `{name}`")
        return str(values[name])

    return _PLACEHOLDER.sub(value, path)


def with_query(request: Request) -> str:
    """The path and the query behind it."""
    path, query = request.get("path") or "/", request.get("query")
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def body_of(request: Request) -> tuple[bytes, str]:
    """The body's bytes and their media type; both empty where there is no body."""
    if "json" in request:
        return json.dumps(request["json"]).encode(), "application/json"
    if "form" in request:
        return urlencode(request["form"], doseq=True).encode(), "application/x-www-form-urlencoded"
    if "body" in request:
        return str(request["body"]).encode(), ""
    return b"", ""


def response_of(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """The response as a run's result: its body is text where it is text."""
    made: dict[str, Any] = {"status": status, "headers": [[str(name), str(value)] for name, value in headers]}
    try:
        return made | {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return made | {"body": "", "base64": base64.b64encode(body).decode("ascii")}
