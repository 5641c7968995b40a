"""FastAPI and Starlette: requests through the whole application, without a server or a client library."""

from __future__ import annotations

import asyncio
import atexit
import importlib
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any
from urllib.parse import quote, urlencode

from exporters.worker import loops, standing
from exporters.worker.errors import CaptureError, RequestFailedError
from exporters.worker.messages import Request
from exporters.worker.plan import Run
from exporters.worker.responses import body_of, response_of
from exporters.worker.search import instances, is_function, load
from exporters.worker.web_host import WebHost


def host(run: Run, named: str) -> WebHost:
    """The application that serves the run's handler."""
    application, function = _found(run, named)
    from starlette.responses import Response

    return WebHost(
        run,
        function,
        lambda request, _first: loops.run(_sent(application, request)),
        lambda: Response(status_code=204),
    )


def _found(run: Run, named: str) -> tuple[Any, FunctionType]:
    module, _, qualname = run.function.partition(":")
    cls: Any = importlib.import_module("starlette.applications").Starlette
    importlib.import_module(module)
    candidates = [load(named)] if named else instances(module, cls)
    for candidate in candidates:
        for endpoint in _endpoints(candidate.routes):
            if is_function(endpoint, module, qualname):
                return candidate, standing.served(run, endpoint)
    raise CaptureError(
        f"no application was found that serves {run.function}; say `application: module:object` in the definition"
    )


def _endpoints(routes: Iterable[Any]) -> Iterator[Any]:
    """All endpoints, also of mounted applications and of routers, which newer FastAPI keeps as they were."""
    for route in routes:
        endpoint = getattr(route, "endpoint", None)
        if endpoint is not None:
            yield endpoint
        router = getattr(route, "original_router", route)
        yield from _endpoints(getattr(router, "routes", None) or ())


async def _sent(application: Any, request: Request) -> Any:
    """One request. What the application raises, behind its own answer, is raised."""
    state = await _started(application)
    body, kind = body_of(request)
    parts = [body]
    answer: dict[str, Any] = {"status": 0, "headers": [], "body": b""}
    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.update(status=message["status"], headers=message.get("headers", []))
        elif message["type"] == "http.response.body":
            answer["body"] += message.get("body", b"")
            if not message.get("more_body"):
                ended.set()

    await application(_scope(request, body, kind, state), receive, send)
    if not answer["status"]:
        raise RequestFailedError("the application gave no response")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer["headers"]]
    return response_of(answer["status"], headers, answer["body"])


def _scope(request: Request, body: bytes, kind: str, state: dict[str, Any]) -> dict[str, Any]:
    headers = {"host": "testserver", **{name.lower(): value for name, value in (request.get("headers") or {}).items()}}
    if body:
        headers["content-length"] = str(len(body))
    if kind:
        headers["content-type"] = kind
    path = request.get("path") or "/"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": (request.get("method") or "GET").upper(),
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": urlencode(request.get("query") or {}, doseq=True).encode(),
        "headers": [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "state": dict(state),
        "extensions": {},
    }


_alive: dict[int, dict[str, Any]] = {}
"""What applications that have started left as their state, by identity: they live as long as the process."""
_PATIENCE = 5.0
"""Seconds that an application may take to end."""


async def _started(application: Any) -> dict[str, Any]:
    """The state that the application's start has left. It starts once, before the first request, as on a server."""
    key = id(application)
    if key not in _alive:
        _alive[key] = await _start(application)
    return _alive[key]


async def _start(application: Any) -> dict[str, Any]:
    state: dict[str, Any] = {}
    come: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    gone: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def live() -> None:
        try:
            await application({"type": "lifespan", "asgi": {"version": "3.0"}, "state": state}, come.get, gone.put)
        finally:
            await gone.put(None)

    task = asyncio.create_task(live())
    await come.put({"type": "lifespan.startup"})
    told = await gone.get()
    if told is None or told["type"] == "lifespan.startup.failed":
        await task
        raise RequestFailedError("the application did not start")

    async def end() -> None:
        await come.put({"type": "lifespan.shutdown"})
        await task

    atexit.register(lambda: asyncio.run_coroutine_threadsafe(end(), loops.shared()).result(_PATIENCE))
    return state
