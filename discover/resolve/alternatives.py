"""`functools.singledispatch`: other functions that run in the place of one, by the type of their first argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.given import Arguments
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine

_DISPATCHERS = frozenset({"singledispatch", "singledispatchmethod"})


def _register(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`handle.register`, as a decorator with or without the type, or called with both."""
    if not isinstance(receiver, FunctionValue) or not is_dispatcher(receiver.function) or not arguments.positional:
        return NOTHING
    given = arguments.positional[-1]
    if len(arguments.positional) == 1 and any(isinstance(value, ClassValue) for value in given):
        return (engine.intern.external("function.register", receiver),)
    for value in given:
        if isinstance(value, FunctionValue) and value.function.is_project:
            engine.add_alternative(receiver.function, value.function)
    return given


def is_dispatcher(function: Function) -> bool:
    """Whether a function is decorated so that others can be registered for it."""
    return any(ending(decorator) in _DISPATCHERS for decorator in function.record.decorators)


TABLE: dict[str, Intrinsic] = {"function.register": _register}
