"""aiohttp: requests over loopback to the application, which lives in a loop of its own for as long as the process."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import threading
from types import FunctionType
from typing import Any

from exporters.worker import standing
from exporters.worker.errors import CaptureError, RequestFailedError
from exporters.worker.messages import Request
from exporters.worker.plan import Run
from exporters.worker.responses import body_of, response_of
from exporters.worker.search import instances, is_function, load
from exporters.worker.web_host import WebHost


def host(run: Run, named: str) -> WebHost:
    """The application that serves the run's handler."""
    application, function = _found(run, named)
    living = _Living(application)

    def nothing() -> Any:
        return importlib.import_module("aiohttp.web").Response(status=204)

    return WebHost(run, function, lambda request, _first: living.send(request), nothing)


def _found(run: Run, named: str) -> tuple[Any, FunctionType]:
    module, _, qualname = run.function.partition(":")
    web: Any = importlib.import_module("aiohttp.web")
    importlib.import_module(module)
    for candidate in [load(named)] if named else instances(module, web.Application):
        for application in (candidate, *getattr(candidate, "_subapps", ())):
            for route in application.router.routes():
                if is_function(route.handler, module, qualname):
                    return candidate, standing.served(run, route.handler)
    raise CaptureError(
        f"no aiohttp application was found that serves {run.function}; "
        "say `application: module:object` in the definition"
    )


class _Living:
    """An application that has started: it belongs to one loop, and can't be started twice."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._client: Any = None
        self._errors: list[BaseException] = []
        self._context = contextvars.copy_context()
        """What the handler runs in: a server's own context is that of its start."""

    def send(self, request: Request) -> Any:
        """Send one request at a time; what the handler raises, and no middleware answers, is raised."""
        with self._lock:
            if self._client is None:
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
            # The coroutine begins in a copy of this thread's context, and so does all that it starts.
            return asyncio.run_coroutine_threadsafe(self._sent(request), self._loop).result()

    async def _sent(self, request: Request) -> Any:
        test: Any = importlib.import_module("aiohttp.test_utils")
        errors: list[BaseException] = []
        if self._client is None:
            self._application.middlewares.insert(0, self._noting())
            self._client = test.TestClient(test.TestServer(self._application))
            await self._client.start_server()
        self._errors = errors
        self._context = contextvars.copy_context()
        return await self._asked(request, errors)

    async def _asked(self, request: Request, errors: list[BaseException]) -> Any:
        body, kind = body_of(request)
        headers = dict(request.get("headers") or {})
        if kind:
            headers["Content-Type"] = kind
        query = [(name, str(one)) for name, value in (request.get("query") or {}).items() for one in _listed(value)]
        async with self._client.request(
            request.get("method") or "GET",
            request.get("path") or "/",
            params=query,
            headers=headers,
            data=body or None,
            allow_redirects=False,
        ) as response:
            content = await response.read()
            if errors:
                raise errors[0]
            if response.status >= 500:
                raise RequestFailedError(f"status {response.status}")
            return response_of(response.status, list(response.headers.items()), content)

    def _noting(self) -> Any:
        """The outermost middleware: it sees what all others let through."""
        web: Any = importlib.import_module("aiohttp.web")

        @web.middleware
        async def note(request: Any, handler: Any) -> Any:
            try:
                return await asyncio.get_running_loop().create_task(handler(request), context=self._context)
            except web.HTTPException:
                raise
            except Exception as error:
                self._errors.append(error)
                raise

        return note


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
