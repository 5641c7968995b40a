"""What a generic function of the project gives back at one call: its type variables as that call's arguments bind them.

A project's function is evaluated once for all callers, so that its result holds what each of them gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.resolve.annotations import TYPE_VARIABLE
from discover.resolve.stub_calls import bind_arguments
from discover.resolve.values import NOTHING, ExternalValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value


def bound_result(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values
) -> Values:
    """The result of one call of a project function; what was inferred for all calls where its annotations say nothing.

    Only objects are told apart: what takes a function and gives one back may wrap it. Of what a call gives that comes
    from a library that nothing describes, nothing is known behind it either.
    """
    returns = function.record.returns
    if returns is None or not result:
        return result
    names = function.variables
    if names is None:
        names = function.variables = frozenset(() if _may_wrap(function, returns) else _variables(returns))
    if not names:
        return result
    scope = function.outer or function.module.body
    environment: dict[str, Values] = {}
    bind_arguments(engine, scope, function, receiver, arguments, environment)
    bound = [value for name in sorted(names) for value in environment.get(name, NOTHING)]
    if bound and all(isinstance(value, ExternalValue) for value in bound):
        return NOTHING
    if any(not isinstance(value, InstanceValue) for value in bound):
        return result
    if all(environment.get(name) for name in names):
        return engine.annotations.values(scope, returns, environment) or result
    return result


def _may_wrap(function: Function, returns: ir.Expr) -> bool:
    """Whether a function takes a callable and gives one back, `(Callable[P, T]) -> Callable[P, T]`: a decorator.

    What the one that is given gives back says nothing of the one that is made around it.
    """
    return _is_callable(returns) and any(_is_callable(one.annotation) for one in function.record.parameters)


def _is_callable(annotation: ir.Expr | None) -> bool:
    named = annotation.value if isinstance(annotation, ir.Subscript) else annotation
    if isinstance(named, ir.Attribute):
        return named.name == "Callable"
    return isinstance(named, ir.Name) and named.id == "Callable"


def _variables(annotation: object) -> list[str]:
    found: list[str] = []
    waiting = [annotation]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Name):
            found += [node.id] if TYPE_VARIABLE.match(node.id) else []
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, msgspec.Struct):
            waiting += [getattr(node, field) for field in node.__struct_fields__]
    return found
