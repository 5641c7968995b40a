"""What a project's function hands back of what it is given: each caller gets its own.

A decorator that only notes what it decorates (`def register(view): VIEWS.append(view); return view`) and
`def url(name, default): return os.environ.get(name, default).rstrip("/")` are evaluated once for all callers; their
results hold what any of them gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.resolve.bodies import body_of
from discover.resolve.factories import passed
from discover.resolve.values import ConstantValue, FunctionValue, Value, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Function

_ENVIRONMENT = frozenset({"os.environ.get", "environ.get", "os.getenv", "getenv"})
_SAME_TEXT = frozenset({"strip", "lstrip", "rstrip"})


class HandedBack(NamedTuple):
    """A parameter whose value a function gives back: as it is, or as far as it is a text. Empty for none."""

    name: str
    is_whole: bool
    is_one_of: bool = False
    """The function gives other things as well: a decorator that hands back what it is given, or a wrapper around it."""
    besides: tuple[object, ...] | None = None
    """Where something that is read (a file's text) may stand in its place: the constants that may, too."""

    def __bool__(self) -> bool:
        return bool(self.name)


def handed_back(
    engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values
) -> Values:
    """The result of one call: what it passes itself, where the function only hands that back."""
    if function.hands_back is None:
        function.hands_back = _parameter(function)
    if not function.hands_back:
        return result
    if function.hands_back.is_one_of:
        return _own_among(engine, function, function.hands_back.name, (receiver, arguments), result)
    are_texts = not function.hands_back.is_whole
    besides = function.hands_back.besides
    if besides is not None:
        own = passed(engine, function, receiver, arguments, function.hands_back.name)
        kept = (v for v in result if type(v) is not ConstantValue or v.value in besides)
        return join(tuple(kept), own) if all(type(value) is ConstantValue for value in own) else result
    if are_texts and not all(type(value) is ConstantValue for value in result):
        return result
    given = passed(engine, function, receiver, arguments, function.hands_back.name)
    if are_texts and not all(type(value) is ConstantValue for value in given):
        return result
    return given or result


def _parameter(function: Function) -> HandedBack:
    """The parameter whose value the function gives back, or that stands in for what the environment does not say."""
    if function.record.is_generator or function.record.decorators:
        return HandedBack("", is_whole=False)
    returns = [one for one in function.statements if isinstance(one, ir.Return)]
    expression = returns[0].value if len(returns) == 1 else None
    is_whole = isinstance(expression, ir.Name)
    while isinstance(expression, ir.Call):
        expression = _inside(expression)
    kinds = ("positional", "normal", "keyword")
    own = {parameter.name for parameter in function.record.parameters if parameter.kind in kinds}
    name = expression.id if isinstance(expression, ir.Name) and expression.id in own - function.rebound else ""
    if name:
        return HandedBack(name, is_whole=is_whole)
    return _read(function, returns, own - function.rebound) or _among(function, returns, own - function.rebound)


def _read(function: Function, returns: list[ir.Return], own: set[str]) -> HandedBack | None:
    """The parameter that stands in for what the environment does not say, where a file may be read instead.

    `result = handle.read()` here, `result = os.environ.get(name, default)` there.
    """
    expression = returns[0].value if len(returns) == 1 else None
    assigned = body_of(function).assigned.get(expression.id, []) if isinstance(expression, ir.Name) and own else []
    reads = [one for one in assigned if isinstance(one, ir.Call) and text_of(one.function) in _ENVIRONMENT]
    inside = [_inside(read) for read in reads]
    names = {one.id for one in inside if isinstance(one, ir.Name)}
    if len(names) != 1 or not names <= own or not all(isinstance(one, ir.Call | ir.Constant) for one in assigned):
        return None
    besides = tuple(one.value for one in assigned if isinstance(one, ir.Constant))
    return HandedBack(names.pop(), is_whole=False, besides=besides)


def _among(function: Function, returns: list[ir.Return], own: set[str]) -> HandedBack:
    """The one parameter that some of the returns give back, as it is or with a library's decorator applied to it."""
    assigned = body_of(function).assigned if own else {}
    names: set[str] = set()
    for one in returns:
        expression = one.value
        made = assigned.get(expression.id, []) if isinstance(expression, ir.Name) else []
        expression = made[0] if len(made) == 1 else expression
        if isinstance(expression, ir.Call) and isinstance(expression.function, ir.Call):
            expression = expression.arguments[0] if len(expression.arguments) == 1 else None
        if isinstance(expression, ir.Name) and expression.id in own:
            names.add(expression.id)
    return HandedBack(names.pop() if len(names) == 1 else "", is_whole=True, is_one_of=True)


def _own_among(
    engine: Engine, function: Function, name: str, called: tuple[Value | None, Arguments], result: Values
) -> Values:
    """The result with what this call gives for the parameter in the place of the functions that any call gave."""
    every = {value for value in function.names[name].values if type(value) is FunctionValue}
    if every.isdisjoint(result):
        return result
    own = tuple(value for value in passed(engine, function, *called, name) if value in every)
    return join(tuple(value for value in result if value not in every), own) if own else result


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
