"""What a call gives for a function's parameter, its own object too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.resolve.bodies import names_read
from discover.resolve.values import NOTHING, Values

if TYPE_CHECKING:
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope

HANDED_BACK = {"typing.cast": 1, "typing_extensions.cast": 1, "functools.partial": 0}
"""Calls whose result is one of their arguments, and which: what a caller gives there tells more than the call's type.

What a partial function runs is the function, whatever it was given before.
"""


def is_itself(function: Function, name: str) -> bool:
    """Whether a name is that of the parameter which stands for a method's own object."""
    parameters = function.record.parameters
    return function.takes_itself and bool(parameters) and parameters[0].name == name


def before_the_dot(scope: Scope, call: ir.Call) -> ir.Expr | None:
    """The object that a call is on: for `super().add(…)` that of the method itself."""
    called = call.function
    if not isinstance(called, ir.Attribute):
        return None
    method = scope.unit
    if is_super(called.value) and method.owner is not None and method.record.parameters:
        return ir.Name(method.record.parameters[0].name)
    return called.value


def given_for(function: Function, name: str, call: ir.Call) -> ir.Expr | None:
    """What a call gives for a parameter; for a method's own object, what stands before the dot.

    None where that can't be told, where the default holds, and for the object that the call itself makes.
    """
    if is_itself(function, name):
        called = call.function
        return called.value if isinstance(called, ir.Attribute) and function.record.name != "__init__" else None
    return argument_for(function, name, call)


def argument_for(function: Function, name: str, call: ir.Call) -> ir.Expr | None:
    """What a call gives for a parameter; None where that can't be told, or where the default holds."""
    parameters = function.record.parameters
    place = next((i for i, p in enumerate(parameters) if p.name == name), None)
    if place is None:
        return None
    position = place - int(function.takes_itself)
    if parameters[place].kind == "varargs":
        return ir.Sequence("tuple", call.arguments[position:])
    given = next((k.value for k in call.keywords if k.name == name), None)
    if given is None and parameters[place].kind in ("positional", "normal") and 0 <= position < len(call.arguments):
        given = call.arguments[position]
    return given


def gathered_item(function: Function, name: str, index: str | int, call: ir.Call) -> ir.Expr | None:
    """What a call gives for `args[0]` or `kwargs["task"]` of a function's `*args` and `**kwargs`; None if unknown."""
    parameters = function.record.parameters
    place = next((i for i, p in enumerate(parameters) if p.name == name), None)
    if place is None:
        return None
    if parameters[place].kind == "varargs" and isinstance(index, int):
        given = call.arguments[place - int(function.takes_itself) :]
        is_told = not any(isinstance(one, ir.Starred) for one in call.arguments)
        return given[index] if is_told and -len(given) <= index < len(given) else None
    if parameters[place].kind == "kwargs":
        return next((keyword.value for keyword in call.keywords if keyword.name == index), None)
    return None


def keyword_looked_up(function: Function, looking: ir.Call, call: ir.Call) -> tuple[ir.Expr | None, ir.Expr | None]:
    """What a call gives for `kwargs.get("task")` of a function's `**kwargs`, or the default where it gives nothing."""
    method, named = looking.function, looking.arguments[0] if looking.arguments else None
    if not isinstance(method, ir.Attribute) or method.name not in ("get", "pop") or not isinstance(named, ir.Constant):
        return None, None
    base = method.value
    if not isinstance(base, ir.Name) or not any(
        p.name == base.id and p.kind == "kwargs" for p in function.record.parameters
    ):
        return None, None
    given = next((keyword.value for keyword in call.keywords if keyword.name == named.value), None)
    if given is not None or any(keyword.name is None for keyword in call.keywords):
        return given, None
    return None, looking.arguments[1] if len(looking.arguments) > 1 else ir.Constant(None)


def has_star(call: ir.Call) -> bool:
    """Whether a call hands on what a sequence or a mapping holds."""
    return any(isinstance(a, ir.Starred) for a in call.arguments) or any(k.name is None for k in call.keywords)


def as_evaluated(site: CallSite, expression: ir.Expr) -> Values:
    """What an argument was where it stands, if it reads a name that the body binds again: `prefix = "/a" + prefix`."""
    rebound = site.function.rebound
    for argument, values in zip(site.call.arguments, site.arguments, strict=False):
        if argument is expression:
            return values if rebound and not rebound.isdisjoint(names_read(expression)) else NOTHING
    return NOTHING
