"""Steps that begin with a request: it goes to the handler through the framework's own test client."""

from __future__ import annotations

import re
from typing import Any, cast

from exporters.shared.worker.applications import Sender
from exporters.shared.worker.capture import capturing
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


def _fill(path: str, values: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        if name not in values:
            raise ValueError(f"the path {path} needs `path_params` with `{name}`")
        return str(values[name])

    return _PLACEHOLDER.sub(value, path)


def perform(send: Sender, step: str, sent: Message) -> Report:
    """Send the request and report status and body. A status of 500 or more is a failed step."""
    with capturing(step) as capture:
        status, text = send(unpack_json(sent["body"]))
    failed = f"status {status}" if status >= 500 else ""
    return Report(hops=capture.hops, result={"status": status, "body": text[:_SHOWN]}, error=failed, attempts=1)
