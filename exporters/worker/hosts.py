"""Where a run's code runs: inside its web framework, under its queue's task, or plainly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from exporters.worker.compiled import call, finished
from exporters.worker.errors import RefusedError
from exporters.worker.messages import Context

Names = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece, ready to run once its host has made the run's context."""

    run: Callable[[Callable[[str], Any]], Any]
    """Takes what gives each name of the context; gives what the code came to, or what is to be awaited for it."""
    take: Callable[[Any], dict[str, Any]]
    """The names that the code has bound, of what it came to."""
    encode: Callable[[dict[str, Any]], dict[str, Any]]
    """Values on their way out; to be called while the context still stands."""
    guarded: Callable[[BaseException], bool]
    """Whether elements around the piece take this error, so that no framework may see it."""
    context: Context
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the run was started with."""
    responds: bool = False

    def done(self, name: Callable[[str], Any]) -> dict[str, Any]:
        """Run it to its end, where nothing else is waiting; the names that it has bound."""
        return self.take(finished(self.run(name)))


class Host(Protocol):
    """What makes a run's context."""

    def begin(self, context: Context, encode: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """The run's parameters, as crossing values."""
        ...

    def perform(self, job: Job) -> dict[str, Any]:
        """Run a piece in the context; its outputs as crossing values."""
        ...

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """Run all of it at once, as the framework or the queue does; what it returns."""
        ...

    def answer(self, context: Context, error: BaseException) -> Any:
        """The framework's response to an error; the error itself is raised when it has none."""
        ...

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """Do what the queue does when a run has failed for good."""
        ...

    def succeeded(self, context: Context, arguments: dict[str, Any], result: Any) -> None:
        """Tell the queue's class of the task what it has returned."""
        ...


class PlainHost:
    """Functions that need nothing around them."""

    def __init__(self, function: Callable[..., Any] | None, names: Names | None = None) -> None:
        self._function = function
        self._names = dict(names or {})

    def begin(self, context: Context, encode: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002
        """The message's arguments are the parameters."""
        return dict(context["origin"].get("arguments") or {})

    def perform(self, job: Job) -> dict[str, Any]:
        """Nothing is around the piece."""
        return job.encode(job.done(self.name))

    def name(self, name: str) -> Any:
        """A name of the context."""
        if name not in self._names:
            raise RefusedError(f"`{name}` can't be made anew here: nothing says what it is")
        return self._names[name]

    def whole(self, context: Context, values: dict[str, Any]) -> Any:  # noqa: ARG002
        """Call the function."""
        if self._function is None:
            raise RefusedError("the run's function can't be found")
        return finished(call(self._function, {**self._names, **values}))

    def answer(self, context: Context, error: BaseException) -> Any:  # noqa: ARG002
        """Nobody makes a response of an error here."""
        raise error

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """Nothing is told of a failure here."""

    def succeeded(self, context: Context, arguments: dict[str, Any], result: Any) -> None:
        """Nothing is told of a success here."""


class MethodHost(PlainHost):
    """A method: each piece has an object of its own, which is made without arguments."""

    def __init__(self, method: Any) -> None:
        super().__init__(method)
        self._method = method
        self._own = next(iter(inspect.signature(method.__func__).parameters), "")

    def made(self) -> Any:
        """The object; of a class method, the class."""
        owner = self._method.__self__
        return owner if isinstance(owner, type) else type(owner)()

    def name(self, name: str) -> Any:
        """What the method calls its object."""
        return self.made() if name == self._own else super().name(name)
