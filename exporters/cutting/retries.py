"""Decorators that try a function again: the policy, where an engine can do exactly the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from exporters.canonical import records
from exporters.cutting.errors import error_names
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Code, File, dotted_name
from exporters.cutting.waits import number

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """A retry decorator's policy."""

    retry: records.Retry
    text: str
    errors: str = "Exception"
    """The exceptions that lead to another try, as the code names them."""
    exhausted: str = ""
    """The statements that raise what the last failure, `{error}`, becomes; empty where it is raised as it is."""
    losses: tuple[str, ...] = ()
    """What the library does beside trying again, and an engine does not."""


def tried(decorator: ast.expr, file: File, code: Code) -> Tried | None:
    """The policy of a decorator that tries again; None for any other decorator.

    Raises where the policy asks for what no engine can do the same.
    """
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    named = code.meant(called, file)
    reader = _READERS.get(named) if isinstance(named, str) else None
    if reader is None:
        return None
    text = f"@{ast.unparse(decorator)}"
    given = _Given(decorator if isinstance(decorator, ast.Call) else None, file, code, text)
    found = replace(reader(given), text=text)
    given.check_all_read()
    if found.retry.delay is None:
        # An engine waits a second where nothing is said.
        found = replace(found, retry=msgspec.structs.replace(found.retry, delay=0.0))
    if found.retry.attempts is not None and found.retry.attempts < 1:
        raise CannotCutError(f"`{text}` never calls what it wraps")
    return found


@dataclass(slots=True)
class _Given:
    """The arguments of a call, each of which has to be read."""

    call: ast.Call | None
    file: File
    code: Code
    text: str
    left: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        call = self.call
        if call is not None:
            if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
                raise CannotCutError(f"`{self.text}` is computed")
            self.left = {str(index) for index in range(len(call.args))} | {k.arg for k in call.keywords if k.arg}

    def take(self, *names: str | int) -> ast.expr | None:
        """The argument of these names and positions; None where it is not given, or given as None."""
        found: ast.expr | None = None
        if self.call is not None:
            for name in names:
                if isinstance(name, int) and name < len(self.call.args):
                    found = self.call.args[name]
                else:
                    found = next((k.value for k in self.call.keywords if k.arg == name), found)
        self.left -= {str(name) for name in names}
        return None if isinstance(found, ast.Constant) and found.value is None else found

    def gives(self, name: str) -> bool:
        """Whether the argument is given, be it None."""
        return self.call is not None and any(k.arg == name for k in self.call.keywords)

    def number(self, *names: str | int) -> float | None:
        """A number that is always the same."""
        value = self.take(*names)
        return None if value is None else self.constant(value)

    def constant(self, value: ast.expr) -> float:
        found = number(value, self.file, self.code)
        if found is None:
            raise CannotCutError(f"`{ast.unparse(value)}` in `{self.text}` is computed")
        return found

    def truth(self, name: str, *, default: bool) -> bool:
        """A flag."""
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, ast.Constant):
            raise CannotCutError(f"`{ast.unparse(value)}` in `{self.text}` is computed")
        return bool(value.value)

    def errors(self, value: ast.expr | None) -> tuple[tuple[str, ...], str]:
        """The exceptions in the definition's words, and in the code's."""
        if value is None or dotted_name(value) == "Exception":
            return (), "Exception"
        return tuple(error_names(value, self.file, self.code)), ast.unparse(value)

    def inner(self, value: ast.expr, *paths: str) -> tuple[str, _Given]:
        """What the expression calls, of these, with its arguments."""
        called = value.func if isinstance(value, ast.Call) else value
        named = self.code.meant(called, self.file)
        if not isinstance(named, str) or named.rpartition(".")[2] not in paths:
            raise CannotCutError(f"no engine does `{ast.unparse(value)}` of `{self.text}`")
        given = _Given(value if isinstance(value, ast.Call) else None, self.file, self.code, self.text)
        return named.rpartition(".")[2], given

    def check_all_read(self) -> None:
        """Raise where something is given that nobody has asked for."""
        if self.left:
            word = min(self.left)
            raise CannotCutError(f"no engine does what `{word}` asks for in `{self.text}`")


def _attempts(value: float | None) -> int | None:
    return None if value is None else int(value)


def _tenacity(given: _Given) -> Tried:
    stop = given.take("stop")
    attempts: int | None = None
    if stop is not None:
        name, inner = given.inner(stop, "stop_after_attempt", "stop_never")
        attempts = _attempts(inner.number("max_attempt_number", 0)) if name == "stop_after_attempt" else None
        inner.check_all_read()
    wait = given.take("wait")
    retry = records.Retry(attempts=attempts) if wait is None else _tenacity_wait(given, wait, attempts)
    which = given.take("retry")
    value: ast.expr | None = None
    is_but = False
    if which is not None:
        name, inner = given.inner(which, "retry_if_exception_type", "retry_if_not_exception_type")
        value, is_but = inner.take("exception_types", 0), name == "retry_if_not_exception_type"
        inner.check_all_read()
    errors, written = given.errors(value)
    if is_but and not errors:
        raise CannotCutError(f"no error leads to another try of `{given.text}`")
    errors = (f"Exception except {', '.join(errors)}",) if is_but else errors
    retry = msgspec.structs.replace(retry, errors=errors)
    losses: list[str] = []
    for word, helper in (("before", "before_log"), ("after", "after_log"), ("before_sleep", "before_sleep_log")):
        told = given.take(word)
        if told is not None:
            given.inner(told, helper)
            losses.append(f"what `{ast.unparse(told)}` logs about its tries is not logged")
    raised = given.truth("reraise", default=False) or attempts is None
    if is_but and not raised:
        raise CannotCutError(f"what the last failure of `{given.text}` becomes is told by no `except`")
    exhausted = (
        "import tenacity\n"
        f"last = tenacity.Future.construct({attempts}, {{error}}, has_exception=True)\n"
        "raise tenacity.RetryError(last) from {error}"
    )
    return Tried(retry, "", written, "" if raised else exhausted, tuple(losses))


def _tenacity_wait(given: _Given, wait: ast.expr, attempts: int | None) -> records.Retry:
    known = ("wait_none", "wait_fixed", "wait_random", "wait_exponential", "wait_random_exponential")
    name, inner = given.inner(wait, *known)
    text = ast.unparse(wait)
    match name:
        case "wait_fixed":
            found = records.Retry(attempts=attempts, delay=inner.number("wait", 0))
        case "wait_random":
            if inner.number("min", 0):
                raise CannotCutError(f"no engine does `{text}` of `{given.text}`")
            most = inner.number("max", 1)
            found = records.Retry(attempts=attempts, delay=1.0 if most is None else most, jitter=True)
        case "wait_exponential" | "wait_random_exponential":
            found = _exponential(inner, attempts, text, jitter=name == "wait_random_exponential")
        case _:
            found = records.Retry(attempts=attempts)
    inner.check_all_read()
    return found


def _exponential(given: _Given, attempts: int | None, text: str, *, jitter: bool) -> records.Retry:
    first, most, base, least = (
        given.number("multiplier", 0), given.number("max", 1), given.number("exp_base", 2), given.number("min", 3)
    )  # fmt: skip
    first, base, least = 1.0 if first is None else first, 2.0 if base is None else base, least or 0.0
    if least and (jitter or least > first):
        raise CannotCutError(f"no engine does `{text}` of `{given.text}`")
    first = first if most is None else min(first, most)
    return records.Retry(attempts=attempts, delay=first, backoff=base, max_delay=most, jitter=jitter)


def _backoff(given: _Given) -> Tried:
    wait = given.take("wait_gen", 0)
    if wait is None:
        raise CannotCutError(f"`{given.text}` is computed")
    name, _ = given.inner(wait, "expo", "constant")
    errors, written = given.errors(given.take("exception", 1))
    attempts = _attempts(given.number("max_tries"))
    jitter = True
    if given.gives("jitter"):
        drawn = given.take("jitter")
        if drawn is not None:
            given.inner(drawn, "full_jitter")
        jitter = drawn is not None
    if not given.truth("raise_on_giveup", default=True):
        raise CannotCutError(f"no engine goes on behind the last failure, as `{given.text}` does")
    losses = ("what the library logs about its tries is not logged",) if not given.gives("logger") else ()
    if given.take("logger") is not None:
        losses = ("what the library logs about its tries is not logged",)
    given.left -= {"backoff_log_level", "giveup_log_level"}
    if name == "constant":
        delay = given.number("interval")
        retry = records.Retry(attempts=attempts, delay=1.0 if delay is None else delay, jitter=jitter, errors=errors)
    else:
        factor, base, most = given.number("factor"), given.number("base"), given.number("max_value")
        first = 1.0 if factor is None else factor
        retry = records.Retry(
            attempts=attempts,
            delay=first if most is None else min(first, most),
            backoff=2.0 if base is None else base,
            max_delay=most,
            jitter=jitter,
            errors=errors,
        )
    return Tried(retry, "", written, "", losses)


def _stamina(given: _Given) -> Tried:
    errors, written = given.errors(given.take("on"))
    attempts = given.number("attempts")
    limit, drawn = given.take("timeout"), given.number("wait_jitter")
    if limit is not None or not given.gives("timeout"):
        raise CannotCutError(f"no engine keeps the time limit of all tries of `{given.text}`")
    if drawn is None or drawn:
        raise CannotCutError(f"no engine adds a random time to a delay, as `{given.text}` does")
    first, most, base = given.number("wait_initial"), given.number("wait_max"), given.number("wait_exp_base")
    most = 5.0 if most is None else most
    if attempts is None and not given.gives("attempts"):
        attempts = 10.0
    retry = records.Retry(
        attempts=_attempts(attempts),
        delay=min(0.1 if first is None else first, most),
        backoff=2.0 if base is None else base,
        max_delay=most,
        errors=errors,
    )
    return Tried(retry, "", written, "", ("what the library tells loggers and metrics about its tries is not told",))


def _retry(given: _Given) -> Tried:
    errors, written = given.errors(given.take("exceptions", 0))
    tries, delay, most = given.number("tries", 1), given.number("delay", 2), given.number("max_delay", 3)
    factor, added = given.number("backoff", 4), given.number("jitter", 5)
    if added:
        raise CannotCutError(f"no engine adds a time to a delay, as `{given.text}` does")
    losses = () if given.gives("logger") else ("what the library logs about its tries is not logged",)
    if given.take("logger", 6) is not None:
        losses = ("what the library logs about its tries is not logged",)
    if most is not None and (delay or 0.0) > most:
        raise CannotCutError(f"no engine bounds all delays but the first, as `{given.text}` does")
    attempts = None if tries is None or tries < 0 else int(tries)
    retry = records.Retry(attempts=attempts, delay=delay, backoff=factor, max_delay=most, errors=errors)
    return Tried(retry, "", written, "", losses)


def _retrying(given: _Given) -> Tried:
    attempts, fixed = given.number("stop_max_attempt_number"), given.number("wait_fixed")
    factor, most = given.number("wait_exponential_multiplier"), given.number("wait_exponential_max")
    if given.truth("wrap_exception", default=False) or (fixed is not None and factor is not None):
        raise CannotCutError(f"no engine does the same as `{given.text}`")
    retry = records.Retry(attempts=_attempts(attempts), delay=None if fixed is None else fixed / _MILLISECONDS)
    if factor is not None:
        bound = None if most is None else most / _MILLISECONDS
        first = 2 * factor / _MILLISECONDS
        first = first if bound is None else min(first, bound)
        retry = records.Retry(attempts=_attempts(attempts), delay=first, backoff=2.0, max_delay=bound)
    return Tried(retry, "")


_READERS: Mapping[str, Callable[[_Given], Tried]] = {
    "tenacity.retry": _tenacity,
    "backoff.on_exception": _backoff,
    "stamina.retry": _stamina,
    "retry.retry": _retry,
    "retry.api.retry": _retry,
    "retrying.retry": _retrying,
}
