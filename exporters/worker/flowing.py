"""What the flow of a run needs on every engine that runs Python: policies, ways to end, values that are not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exporters.worker.errors import RefusedError, describe, fits, overdue
from exporters.worker.messages import Described


class _Missing:
    """The value of a variable that nothing has set."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Outputs(dict[str, Any]):
    """What a step has bound; a name that its code did not bind is `MISSING`."""

    def __missing__(self, key: str) -> Any:
        return MISSING


def present(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value is not MISSING}


def items_of(over: Any) -> list[Any]:
    """The items that a loop goes through, as crossing values, of a variable's crossing value."""
    if isinstance(over, list):
        return over
    if isinstance(over, dict):
        match over.get("$"):
            case "tuple" | "set" | "frozenset" | "namedtuple":
                return over["items"]
            case "range":
                return list(range(*over["items"]))
            case "dict":
                return [key for key, _ in over["items"]]
            case None:
                return list(over)
            case _:
                pass
    if isinstance(over, str):
        return list(over)
    raise FailedError(describe(RefusedError(f"a loop can't go through {over!r}"[:200])), final=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often something is tried, and how long to wait in between, in seconds."""

    attempts: int | None = None
    """Tries in all; None is no limit."""
    delay: float | None = None
    """Left out: one second."""
    backoff: float | None = None
    """Factor from one delay to the next; left out, the delay stays the same."""
    max_delay: float | None = None
    jitter: bool = False
    """Each delay is drawn at random between none and this one."""
    errors: tuple[str, ...] = ()
    """Errors that lead to another try; none named: all."""

    def allows(self, error: Described, made: int) -> bool:
        """Whether another try follows this error, when so many have been made."""
        return (self.attempts is None or made < self.attempts) and fits(error, self.errors)

    def pause(self, made: int, draw: float = 1.0) -> float:
        """Seconds before the next try, when so many have been made; `draw` is a random number from 0 to 1."""
        first = 1.0 if self.delay is None else self.delay
        try:
            grown = first * (1.0 if self.backoff is None else self.backoff) ** (made - 1)
        except OverflowError:
            grown = float("inf")
        limit = _LONGEST_PAUSE if self.max_delay is None else self.max_delay
        return min(grown, limit, _LONGEST_PAUSE) * (draw if self.jitter else 1.0)


_LONGEST_PAUSE = 366 * 86400.0


class EndOfRun(Exception):  # noqa: N818 - an end, not a fault
    """The run ends here, well."""

    def __init__(self, result: Any = None) -> None:
        super().__init__()
        self.result = result


class RunAgain(Exception):  # noqa: N818 - a request, not a fault
    """The code asks that the whole run be tried again; its own delay counts, where it gives one."""

    def __init__(self, error: Described, delay: float | None) -> None:
        super().__init__(error["message"])
        self.error = error
        self.delay = delay


class FailedError(Exception):
    """An element failed, and nothing inside it has taken the error."""

    def __init__(self, error: Described, *, final: bool = False) -> None:
        super().__init__(error["message"])
        self.error = error
        self.final = final
        """No retry and no catch may take it: the definition itself is wrong."""

    @property
    def value(self) -> Any:
        """The error as a variable holds it."""
        return self.error["value"]

    def fits(self, *names: str) -> bool:
        """Whether a catch that names these errors takes it; no names: every error."""
        return not self.final and fits(self.error, names)


class OverdueError(FailedError):
    """One try of the run has taken longer than it may."""

    def __init__(self) -> None:
        super().__init__(overdue())

    def fits(self, *names: str) -> bool:  # noqa: ARG002 - only the run itself takes it
        """No catch and no retry in the run takes it."""
        return False
