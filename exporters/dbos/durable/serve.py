"""Runs that others start: requests to a loopback server, and the definition's schedules."""

from __future__ import annotations

import json
import re
import threading
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from exporters.dbos.durable import registry
from exporters.dbos.durable.engine import Engine
from exporters.worker.errors import RefusedError
from exporters.worker.messages import Context, Request

_PLACEHOLDER = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)(?::(\w+))?\}")
_OWN_HEADERS = frozenset({"content-length", "connection", "transfer-encoding", "date", "server"})
_LARGEST = 16 * 2**20
Begun = Callable[[str], None]
"""Is told the id of each run that begins."""


class Server(ThreadingHTTPServer):
    """A server on loopback that starts a run for each request that a trigger takes, and gives back its response.

    Where the workflow is started by no request, `POST /` with the input as JSON starts a run and gives its id.
    """

    def __init__(self, engine: Engine, port: int, begun: Begun) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.engine = engine
        self._begun = begun

    def begin(self, context: Context) -> str:
        """Start a run; its id."""
        run_id = self.engine.start_in(context, f"{self.engine.flow.name}-{uuid.uuid4()}")
        self._begun(run_id)
        return run_id


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - of the one class that makes this one

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self._plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "the body is too large"})
        elif self.server.engine.flow.requests:
            self._by_request(self.rfile.read(length))
        else:
            self._by_input(self.rfile.read(length))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 - of the base

    def _by_request(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        if not any(takes(trigger, self.command, path) for trigger in self.server.engine.flow.requests):
            self._plain(HTTPStatus.NOT_FOUND, {"error": "no trigger of the workflow takes this request"})
            return
        origin = {"request": request(self.command, self.path, dict(self.headers.items()), body)}
        end = self.server.engine.result(self.server.begin(Context(id="", attempt=0, origin=origin)))
        response = end.get("result")
        if end["kind"] != "ended" or not isinstance(response, dict) or "status" not in response:
            message = end["error"]["message"] if "error" in end else "the run gave no response"
            self._plain(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": message})
            return
        data = b64decode(response["base64"]) if "base64" in response else response["body"].encode()
        kept = [(name, value) for name, value in response["headers"] if name.lower() not in _OWN_HEADERS]
        self._reply(response["status"], kept, data)

    def _by_input(self, body: bytes) -> None:
        if self.command != "POST" or urlsplit(self.path).path != "/":
            self._plain(HTTPStatus.NOT_FOUND, {"error": "POST / with the input as JSON starts a run"})
            return
        try:
            context = self.server.engine.flow.workers.start(json.loads(body) if body else None)
        except (TypeError, ValueError, RefusedError) as error:
            self._plain(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self._plain(HTTPStatus.ACCEPTED, {"run": self.server.begin(context)})

    def _plain(self, status: int, value: object) -> None:
        self._reply(status, [("Content-Type", "application/json")], json.dumps(value).encode())

    def _reply(self, status: int, headers: Iterable[tuple[str, str]], data: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Runs are told of, not requests."""


def takes(trigger: registry.Request, method: str, path: str) -> bool:
    """Whether a request is one that the trigger names; parts in brackets stand for anything."""
    if trigger.methods and method not in {*trigger.methods, *(("HEAD",) if "GET" in trigger.methods else ())}:
        return False
    pattern, end = "", 0
    for match in _PLACEHOLDER.finditer(trigger.path):
        whole = "path" in {match.group(1), match.group(4)}
        pattern += re.escape(trigger.path[end : match.start()]) + (".+" if whole else "[^/]+")
        end = match.end()
    pattern += re.escape(trigger.path[end:])
    return re.fullmatch(pattern.rstrip("/") + "/?", "/" + path.lstrip("/")) is not None


def request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    """What came over the wire, as the request that starts a run."""
    parts = urlsplit(target)
    made: dict[str, Any] = {
        "method": method,
        "path": parts.path,
        "headers": {name: value for name, value in headers.items() if name.lower() != "content-length"},
    }
    query = parse_qs(parts.query, keep_blank_values=True)
    if query:
        made["query"] = query
    if body:
        try:
            made["body"] = body.decode("utf-8")
        except UnicodeDecodeError:
            made["body"] = body.decode("latin-1")
    return cast("Request", made)


def serve(engine: Engine, port: int | None, *, schedule: bool, told: Begun) -> None:
    """Start runs until the process is interrupted."""
    if schedule:
        engine.schedule()
        told(f"following {len(engine.flow.schedules)} schedules")
    if port is None:
        threading.Event().wait()
        return
    http = Server(engine, port, lambda run_id: told(f"run {run_id}"))
    told(f"listening on http://127.0.0.1:{http.server_address[1]}")
    try:
        http.serve_forever()
    finally:
        http.server_close()
