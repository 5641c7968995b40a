"""Pieces of a Flask view: each runs in a request context of its own, made of the request that started the run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from exporters.worker import standing
from exporters.worker.errors import CaptureError, RefusedError, RequestFailedError, Responded
from exporters.worker.hosts import Job
from exporters.worker.messages import Context, Request
from exporters.worker.plan import Run
from exporters.worker.responses import response_of
from exporters.worker.search import instances, is_function, load
from exporters.worker.standing import standing_in


def host(run: Run, named: str) -> FlaskHost:
    """The named application, else the first in the usual places one of whose views is the run's handler."""
    from flask import Flask

    module, _, qualname = run.function.partition(":")
    importlib.import_module(module)
    for candidate in [load(named)] if named else instances(module, Flask):
        for view in candidate.view_functions.values():
            if is_function(getattr(view, "view_class", view), module, qualname):
                is_class = hasattr(view, "view_class")
                function = standing.function_at(run.function, run.wrapper) if is_class else standing.served(run, view)
                return FlaskHost(candidate, run, function)
    raise CaptureError(
        f"no Flask application was found that serves {run.function}; say `application: module:object` in the definition"
    )


class FlaskHost:
    """One application. Hooks before the request run when the run begins, those after it where it responds."""

    def __init__(self, application: Any, run: Run, function: FunctionType) -> None:
        self._app = application
        self._run = run
        self._function = function

    def begin(self, context: Context, encode: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Route the request, run the hooks and decorators before the view; its arguments are the parameters."""
        given: list[dict[str, Any]] = []

        def work(arguments: dict[str, Any]) -> Any:
            kept = {name: value for name, value in arguments.items() if name not in self._run.context}
            given.append(encode(kept))
            return ""

        with self._context(context), self._answered(lambda _error: False), standing_in(self._function, work):
            self._hooks()
            answer = self._app.dispatch_request()
            if not given:
                raise Responded(self._response(answer))
        return given[0]

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece; where it responds, Flask makes the response of its result."""
        with self._context(job.context), self._answered(job.guarded):
            self._replay_when_missed()
            bound = job.done(self._name)
            if job.responds and "result" in bound:
                bound["result"] = self._response(bound["result"])
            return job.encode(bound)

    def whole(self, context: Context, values: dict[str, Any]) -> Any:  # noqa: ARG002
        """Send the request through the application, as Flask's own tests do."""
        from flask import got_request_exception

        raised: list[BaseException] = []

        def note(_sender: object, exception: BaseException, **_more: object) -> None:
            raised.append(exception)

        with got_request_exception.connected_to(note, sender=self._app):
            response = self._app.test_client().open(**keywords(_request(context)))
        if response.status_code >= 500:
            raise raised[0] if raised else RequestFailedError(f"status {response.status_code}")
        return _plain(response)

    def answer(self, context: Context, error: BaseException) -> Any:
        """What the application's error handlers say."""
        with self._context(context):
            try:
                raise error
            except type(error) as raised:
                return self._response(self._app.handle_user_exception(raised))

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """A request that failed tells nobody."""

    def succeeded(self, context: Context, arguments: dict[str, Any], result: Any) -> None:
        """A request has no class that is told of it."""

    @contextmanager
    def _context(self, context: Context) -> Generator[None]:
        with self._app.test_request_context(**keywords(_request(context))):
            yield

    @contextmanager
    def _answered(self, guarded: Callable[[BaseException], bool]) -> Generator[None]:
        try:
            yield
        except (Responded, RefusedError):
            raise
        except Exception as error:
            if guarded(error):
                raise
            try:
                answer = self._app.handle_user_exception(error)
            except Exception:
                answer = None
            if answer is None:
                raise
            raise Responded(self._response(answer)) from error

    def _hooks(self) -> None:
        answer = self._app.preprocess_request()
        if answer is not None:
            raise Responded(self._response(answer))

    def _replay_when_missed(self) -> None:
        """What hooks have put on `g` is gone with the step they ran in: they run again when a step asks for it."""
        import flask

        kept: Any = flask.g._get_current_object()  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
        # Its own `__setattr__` would take this for a value to keep.
        object.__setattr__(kept, "__class__", _replaying(type(kept), self._hooks))

    def _name(self, name: str) -> Any:
        import flask

        view = self._app.view_functions.get(flask.request.endpoint)
        cls = getattr(view, "view_class", None)
        if name == "self" and cls is not None:
            return cls(*getattr(view, "view_class_args", ()))
        raise RefusedError(f"`{name}` can't be made anew: Flask gives its views no such thing")

    def _response(self, value: Any) -> Any:
        return _plain(self._app.finalize_request(value))


def _replaying(cls: type[Any], hooks: Callable[[], None]) -> type[Any]:
    """The class of `g`, with the hooks run before a name that it does not hold is missed."""
    open_hooks = [hooks]

    class Replaying(cls):
        def _look(self, name: object) -> None:
            if name not in self.__dict__ and open_hooks and not str(name).startswith("__"):
                open_hooks.pop()()

        def __getattr__(self, name: str) -> Any:
            self._look(name)
            return super().__getattr__(name)

        def get(self, name: str, default: Any = None) -> Any:
            self._look(name)
            return super().get(name, default)

        def __contains__(self, name: object) -> bool:
            self._look(name)
            return super().__contains__(name)

    return Replaying


def _request(context: Context) -> Request:
    return context["origin"]["request"]


def keywords(request: Request) -> dict[str, Any]:
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


def _plain(response: Any) -> Any:
    response.direct_passthrough = False
    return response_of(response.status_code, list(response.headers), response.get_data())
