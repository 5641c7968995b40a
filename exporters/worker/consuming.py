"""Runs that a broker's message starts: the consumer is called as its library calls it, and heard about the message."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from exporters.worker.compiled import finished
from exporters.worker.errors import RefusedError, RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run


class Settled:
    """What the consumer says of its message."""

    def __init__(self) -> None:
        self.is_back = False
        """It shall be delivered again."""


class ConsumerHost(PlainHost):
    """A function that takes a message's body, and things that stand for the broker beside it."""

    def __init__(self, target: Callable[..., Any] | None, run: Run) -> None:
        super().__init__(target)
        self._target = target
        self._run = run
        self._given: ContextVar[dict[str, Any] | None] = ContextVar("given", default=None)

    @abstractmethod
    def given(self, body: Any, context: Context, settled: Settled) -> tuple[list[Any], int]:
        """The arguments of the call, and which of them is the body."""

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece with the message at hand; a message that is given back asks for another try."""
        settled = Settled()
        body = next((job.arguments[name] for name in self._run.parameters if name in job.arguments), None)
        arguments, at = self.given(body, job.context, settled)
        named = dict(zip(_positional(self._target), arguments, strict=False)) if self._target else {}
        token = self._given.set({name: value for name, value in named.items() if value is not arguments[at]})
        try:
            outputs = job.encode(job.done(self.name))
        finally:
            self._given.reset(token)
        _again(settled)
        return outputs

    def name(self, name: str) -> Any:
        """The channel, the message and the like."""
        given = self._given.get() or {}
        if name not in given:
            raise RefusedError(f"`{name}` can't be made anew here: nothing says what it is")
        return given[name]

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """Call the consumer as its library does."""
        if self._target is None:
            raise RefusedError("the run's function can't be found")
        settled = Settled()
        body = next((values[name] for name in self._run.parameters if name in values), None)
        arguments, at = self.given(body, context, settled)
        # A consumer that asks for less than the library gives takes the body alone.
        takes_all = len(_positional(self._target)) >= len(arguments)
        result = finished(self._target(*arguments) if takes_all else self._target(arguments[at]))
        _again(settled)
        return result


def signature(run: Run) -> inspect.Signature:
    """A message is its body: the run's first parameter."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in run.parameters[:1]])


def _positional(target: Callable[..., Any]) -> list[str]:
    """The names that positional arguments go to; what a decorator passes on counts as what it says itself."""
    parameters = inspect.signature(target, follow_wrapped=False).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        parameters = inspect.signature(target).parameters.values()
    return [one.name for one in parameters if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]


def _again(settled: Settled) -> None:
    if settled.is_back:
        raise RetryAsked
