"""Pieces of a handler inside its web framework: each is sent the request that started the run, and stands in for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from exporters.worker.errors import Ended, RefusedError, Responded, RetryAsked
from exporters.worker.hosts import Job
from exporters.worker.messages import Context, Request
from exporters.worker.plan import Run
from exporters.worker.standing import Work, standing_in

Send = Callable[[Request, bool], Any]
"""Sends a request through the application, the first of a run or a later one, and gives the response as plain data.

What the framework does not answer is raised."""


@dataclass(slots=True)
class _Visit:
    """What came of one request with a piece in the handler's place."""

    reached: bool = False
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    error: BaseException | None = None
    responds: bool = False
    """The work has bound what the handler returns."""


class WebHost:
    """One handler of one application."""

    def __init__(self, run: Run, function: FunctionType, send: Send, nothing: Callable[[], Any]) -> None:
        self._run = run
        self._function = function
        self._send = send
        self._nothing = nothing
        """Makes a response of the framework that says nothing."""

    def begin(self, context: Context, encode: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Everything that the framework does before the handler; the handler's arguments are the parameters."""
        visit = _Visit()

        def work(given: dict[str, Any]) -> Any:
            visit.reached = True
            visit.outputs = encode({name: value for name, value in given.items() if name not in self._run.context})
            return self._nothing()

        self._visited(context, visit, work, lambda _error: False, first=True)
        return visit.outputs

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece; where it responds, the framework makes the response of its result."""
        visit = _Visit()

        def after(bound: dict[str, Any]) -> Any:
            # On a way that goes on, the code has bound no result: it does not respond there.
            visit.responds = job.responds and "result" in bound
            result = bound.pop("result") if visit.responds else None
            visit.outputs = job.encode(bound)
            return result if visit.responds else self._nothing()

        def work(given: dict[str, Any]) -> Any:
            visit.reached = True
            return _caught(visit, lambda: job.run(lambda name: _taken(given, name)), lambda raw: after(job.take(raw)))

        response = self._visited(job.context, visit, work, job.guarded, first=False)
        if visit.responds:
            visit.outputs |= job.encode({"result": response})
        return visit.outputs

    def whole(self, context: Context, values: dict[str, Any]) -> Any:  # noqa: ARG002
        """Send the request through the application, handler and all."""
        return self._send(context["origin"]["request"], True)

    def answer(self, context: Context, error: BaseException) -> Any:
        """What the framework makes of an error of the handler."""

        def work(_given: dict[str, Any]) -> Any:
            raise error

        with standing_in(self._function, work):
            return self._send(context["origin"]["request"], False)

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """A request that failed tells nobody."""

    def succeeded(self, context: Context, arguments: dict[str, Any], result: Any) -> None:
        """A request has no class that is told of it."""

    def _visited(
        self, context: Context, visit: _Visit, work: Work, guarded: Callable[[BaseException], bool], *, first: bool
    ) -> Any:
        """Send the request with the work in the handler's place; an answer to anything but the work ends the run."""
        try:
            with standing_in(self._function, work):
                response = self._send(context["origin"]["request"], first)
        except Exception:
            if visit.error is not None:
                raise visit.error from None
            raise
        error = visit.error
        if error is not None and (isinstance(error, RefusedError | Ended | RetryAsked) or guarded(error)):
            raise error
        if error is not None or not visit.reached:
            raise Responded(response) from error
        return response


def _taken(given: dict[str, Any], name: str) -> Any:
    if name not in given:
        raise RefusedError(f"`{name}` can't be made anew: the framework does not give it to the handler")
    return given[name]


def _caught(visit: _Visit, start: Callable[[], Any], after: Callable[[Any], Any]) -> Any:
    """The work's value, or what is awaited for it; its error is noted on its way into the framework."""
    try:
        raw = start()
        return _awaited(visit, raw, after) if inspect.isawaitable(raw) else after(raw)
    except BaseException as error:
        visit.error = error
        raise


async def _awaited(visit: _Visit, raw: Any, after: Callable[[Any], Any]) -> Any:
    try:
        return after(await raw)
    except BaseException as error:
        visit.error = error
        raise
