"""Stands in for a handler: inside its framework, with all that surrounds it, something else runs in its place.

The handler's function itself is opened, below its decorators: whatever holds it, holds the opened one. It runs as it is
unless the present context has other work for it.
"""

from __future__ import annotations

import importlib
import inspect
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from exporters.worker.errors import RefusedError
from exporters.worker.plan import Run

Work = Callable[[dict[str, Any]], Any]
"""Takes the handler's arguments by name; for a coroutine function it may give something to await."""
_work: ContextVar[tuple[FunctionType, Work] | None] = ContextVar("standing_in", default=None)
_opened: dict[FunctionType, FunctionType] = {}
_lock = threading.Lock()
_NAME = "__undercurrent_stand_in__"


def served(run: Run, handler: Any) -> FunctionType:
    """The function of a run that an application serves by this handler, which alone holds what a function has made."""
    return plain(handler, run.wrapper) if "<locals>" in run.function else function_at(run.function, run.wrapper)


def function_at(path: str, wrapper: str = "") -> FunctionType:
    """The function of `package.module:Class.method`, below the decorators that are none of the run's own."""
    module, _, qualname = path.partition(":")
    found: Any = importlib.import_module(module)
    for name in qualname.split("."):
        found = inspect.getattr_static(found, name)
    return plain(found, wrapper)


def plain(found: Any, wrapper: str = "") -> FunctionType:
    """The function below decorators, static methods and class methods, or the wrapper of this path around it."""
    found = getattr(found, "__func__", found)
    for layer in layers(found) if wrapper else ():
        if isinstance(layer, FunctionType) and f"{layer.__globals__.get('__name__')}:{_written(layer)}" == wrapper:
            return layer
    function = inspect.unwrap(found)
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        raise RefusedError(f"{found!r} is no plain function: nothing can stand in for it")
    return function


def layers(found: Any) -> Iterator[Any]:
    """Something callable and what it is put around, from outside to inside."""
    while found is not None:
        yield found
        found = getattr(found, "__wrapped__", None)


def _written(function: FunctionType) -> str:
    """The name under which its code is written, whatever it is called now."""
    return function.__code__.co_qualname


@contextmanager
def standing_in(function: FunctionType, work: Work) -> Generator[None]:
    """Inside the block, and in whatever it starts, a call of the function does the work instead."""
    _open(function)
    token = _work.set((function, work))
    try:
        yield
    finally:
        _work.reset(token)


def _open(function: FunctionType) -> None:
    with _lock:
        if function in _opened:
            return
        original = FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        original.__kwdefaults__ = function.__kwdefaults__
        original.__annotations__ = function.__annotations__
        _opened[function] = original
        # A wrapper takes what the function below it takes.
        signature = inspect.signature(inspect.unwrap(function))

        def choose(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            work = _work.get()
            if work is None or work[0] is not function:
                return original(*args, **kwargs)
            # The work itself may call the function: that is a call like any other.
            token = _work.set(None)
            try:
                bound = signature.bind(*args, **kwargs)
                bound.apply_defaults()
                return work[1](dict(bound.arguments))
            finally:
                _work.reset(token)

        name = f"{_NAME}{len(_opened)}"
        function.__globals__[name] = choose
        # Frameworks that look at its parameters later still find them.
        function.__signature__ = signature  # type: ignore[attr-defined]
        function.__code__ = _trampoline(name, is_coroutine=inspect.iscoroutinefunction(original)).replace(
            co_freevars=original.__code__.co_freevars,
            co_filename=original.__code__.co_filename,
            co_firstlineno=original.__code__.co_firstlineno,
            co_name=original.__code__.co_name,
            co_qualname=original.__code__.co_qualname,
        )


def _trampoline(name: str, *, is_coroutine: bool) -> Any:
    source = f"def call(*args, **kwargs):\n    return {name}(args, kwargs)\n"
    if is_coroutine:
        source = (
            f"async def call(*args, **kwargs):\n    found = {name}(args, kwargs)\n"
            "    return await found if hasattr(found, '__await__') else found\n"
        )
    made: dict[str, Any] = {}
    exec(source, made)  # noqa: S102 - a text of our own
    return made["call"].__code__
