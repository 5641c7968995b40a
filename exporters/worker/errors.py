"""How a piece of code can end other than well, and how an engine tells the ways apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exporters.worker.messages import Described, Message

_BUILTIN = "builtins."
_EXCEPT = " except "


class RefusedError(RuntimeError):
    """The definition, or the code, asks for what can't be done here: another try would fail as well."""


class CaptureError(RefusedError):
    """The code sends work in a way that can't become a start of a run."""


class Ended(Exception):  # noqa: N818 - an end, not a fault
    """The run ends here, well, before its last element. `sent` is what the code had sent until then."""

    def __init__(self, result: Any = None) -> None:
        super().__init__(result)
        self.result = result
        self.sent: list[Message] = []


class Responded(Ended):
    """The framework made a response of an error, or before the handler was reached: it is the run's result."""


class RetryAsked(Exception):  # noqa: N818 - a request, not a fault
    """The code asks that its whole run be tried again."""

    def __init__(self, delay: float | None = None, cause: BaseException | None = None) -> None:
        super().__init__(delay, str(cause) if cause else "")
        self.delay = delay
        self.cause = cause
        self.sent: list[Message] = []
        """What the code had sent until then: it stays sent."""


class ExitedError(RuntimeError):
    """The code has ended its process as failed. It is told as the `SystemExit` that it is, not as an `Exception`."""

    def __init__(self, cause: SystemExit) -> None:
        super().__init__(str(cause))
        self.cause = cause


class RequestFailedError(RuntimeError):
    """A request's handler failed, and the framework does not say with what."""


def type_names(error: BaseException) -> list[str]:
    """The dotted names of the error's class and of what it inherits from, the class first."""
    return [f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__ if cls is not object]


def told_as(error: BaseException) -> BaseException:
    """The error that the code has raised, where another one carries it."""
    return error.cause if isinstance(error, RetryAsked | ExitedError) and error.cause is not None else error


def describe(error: BaseException, value: Any = None) -> Described:
    """The error as plain data; `value` is its crossing form, where it has one."""
    error = told_as(error)
    return Described(types=type_names(error), message=str(error), value=value)


def overdue() -> Described:
    """The error of a run whose present try has taken longer than it may."""
    args = ["the run has taken longer than it may"]
    value = {"$": "error", "class": "builtins:TimeoutError", "args": args, "fields": {}}
    return describe(TimeoutError(*args), value)


def fits(described: Described, names: Sequence[str]) -> bool:
    """Whether a retry or a catch that names these errors takes this one. No names: every `Exception`."""
    types = described["types"]
    if not names:
        return f"{_BUILTIN}Exception" in types
    return any(_takes(types, name) for name in names)


def _takes(types: Sequence[str], name: str) -> bool:
    """`Exception except Down, Worse` takes what the first class takes and none of the others does."""
    taken, left_out = parted(name)
    if not any(_named(dotted, taken) for dotted in types):
        return False
    return not any(_named(dotted, one) for dotted in types for one in left_out)


def parted(name: str) -> tuple[str, list[str]]:
    """The class that such a name takes, and those that it leaves out: none for a plain name."""
    taken, _, left_out = name.partition(_EXCEPT)
    return taken, left_out.split(", ") if left_out else []


def _named(dotted: str, name: str) -> bool:
    """A name without dots is a class's own name; one with dots may be spelt by any module that it ends with.

    An error that a class has for itself (`Order.DoesNotExist`) is told by that class, too.
    """
    plain = dotted.removeprefix(_BUILTIN)
    if "." not in name:
        return plain.rpartition(".")[2] == name
    *before, last = name.split(".")
    ending = [before[-1], last] if before[-1][:1].isupper() else [last]
    parts = plain.split(".")
    return name in {dotted, plain} or (parts[-len(ending) :] == ending and parts[0] == before[0])
