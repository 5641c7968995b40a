"""Constants that a project's function hands back: each caller gets its own.

`def url(name, default): return os.environ.get(name, default).rstrip("/")` is evaluated once for all callers; its result
holds what any of them gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.facts.walking import statements
from discover.resolve.factories import passed
from discover.resolve.values import ConstantValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.arguments import Arguments
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Function

_ENVIRONMENT = frozenset({"os.environ.get", "environ.get", "os.getenv", "getenv"})
_SAME_TEXT = frozenset({"strip", "lstrip", "rstrip"})


def handed_back(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values
) -> Values:
    """The result of one call: the constants that it passes itself, where the function only hands them back."""
    if function.hands_back is None:
        function.hands_back = _parameter(function)
    if not function.hands_back or not all(type(value) is ConstantValue for value in result):
        return result
    given = passed(engine, function, receiver, arguments, function.hands_back)
    return given if given and all(type(value) is ConstantValue for value in given) else result


def _parameter(function: Function) -> str:
    """The parameter whose value the function gives back, or that stands in for what the environment does not say."""
    if function.record.is_generator or function.record.decorators:
        return ""
    returns = [one for one in statements(function.record.body) if isinstance(one, ir.Return)]
    expression = returns[0].value if len(returns) == 1 else None
    while isinstance(expression, ir.Call):
        expression = _inside(expression)
    own = {parameter.name for parameter in function.record.parameters if parameter.kind in ("normal", "keyword")}
    is_own = isinstance(expression, ir.Name) and expression.id in own - function.rebound
    return expression.id if is_own and isinstance(expression, ir.Name) else ""


def _inside(call: ir.Call) -> ir.Expr | None:
    """The argument or the object whose text a call gives back; none where it gives anything else."""
    called = call.function
    if text_of(called) in _ENVIRONMENT:
        named = next((keyword.value for keyword in call.keywords if keyword.name == "default"), None)
        return call.arguments[1] if len(call.arguments) > 1 else named
    if isinstance(called, ir.Attribute) and called.name in _SAME_TEXT:
        return called.value
    is_text = isinstance(called, ir.Name) and called.id == "str" and len(call.arguments) == 1
    return call.arguments[0] if is_text else None
