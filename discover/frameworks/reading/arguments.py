"""The arguments that a call hands over, as text for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.resolve.bodies import body_of

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.reading.frames import Frame
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

Argument = ir.Expr | ir.Keyword


def travelling(rule: spec.Arguments, call: ir.Call, frame: Frame | None = None) -> tuple[str, ...]:
    """The arguments that travel, as text; those that a frame's caller passes in as it writes them."""
    arguments = _rest(rule, call) if rule.start is not None else _packed(rule, call)
    while frame is not None and frame.site is not None:
        arguments = [part for argument in arguments for part in _passed(argument, frame.function, frame.site)]
        frame = frame.outer
    return tuple(_written(argument) for argument in arguments)


def argument_of(expression: ir.Expr, frame: Frame) -> ir.Expr | None:
    """What a frame's caller gives for the parameter that an expression is; None when it is none, or not given."""
    if frame.site is None or not isinstance(expression, ir.Name):
        return None
    found = _passed(expression, frame.function, frame.site)
    return found[0] if len(found) == 1 and found[0] is not expression and isinstance(found[0], ir.Record) else None


class Chosen(NamedTuple):
    """What callers give for a parameter that stands for the whole expression."""

    expression: ir.Expr
    site: CallSite
    """The outermost call that gives it."""
    is_whole: bool
    """No caller further out has a say in it, as far as it was followed."""


def outermost_argument(expression: ir.Expr, frame: Frame) -> Chosen | None:
    """What a way of callers gives for a parameter, as far out as it is handed on as it is."""
    at: Frame | None = frame
    site: CallSite | None = None
    while at is not None and at.site is not None:
        given = argument_of(expression, at)
        if given is None:
            break
        expression, site = given, at.site
        at = at.outer
    return Chosen(expression, site, at is None or at.site is None) if site is not None else None


def _rest(rule: spec.Arguments, call: ir.Call) -> list[Argument]:
    return [*call.arguments[rule.start :], *(k for k in call.keywords if k.name not in rule.skip)]


def _packed(rule: spec.Arguments, call: ir.Call) -> list[Argument]:
    found: list[Argument] = []
    positional = _place(rule.args, "args", call)
    if isinstance(positional, ir.Sequence):
        found += positional.items
    elif positional is not None:
        found.append(ir.Starred(positional))
    named = _place(rule.kwargs, "kwargs", call)
    if isinstance(named, ir.Mapping):
        pairs = zip(named.keys, named.values, strict=True)
        found += [ir.Keyword(_key(key) if key is not None else None, value) for key, value in pairs]
    elif named is not None:
        found.append(ir.Keyword(None, named))
    return found


def _place(place: str | int | None, keyword: str, call: ir.Call) -> ir.Expr | None:
    name = place if isinstance(place, str) else keyword
    for given in call.keywords:
        if place is not None and given.name == name:
            return given.value
    if isinstance(place, int) and place < len(call.arguments):
        return call.arguments[place]
    return None


def _key(key: ir.Expr) -> str:
    return str(key.value) if isinstance(key, ir.Constant) else text_of(key)


def _written(argument: Argument) -> str:
    if isinstance(argument, ir.Starred):
        return f"*{text_of(argument.value)}"
    if not isinstance(argument, ir.Keyword):
        return text_of(argument)
    return f"{argument.name}={text_of(argument.value)}" if argument.name else f"**{text_of(argument.value)}"


def _passed(argument: Argument, function: Function, site: CallSite) -> list[Argument]:
    """One argument of a call in a function, as a caller of the function gives it."""
    call, parameters = site.call, function.record.parameters
    offset = int(function.takes_itself)
    value = argument.value if isinstance(argument, ir.Keyword | ir.Starred) else argument
    value, first = _without_first(value, function) if isinstance(argument, ir.Starred) else (value, 0)
    place = next((i for i, p in enumerate(parameters) if isinstance(value, ir.Name) and p.name == value.id), None)
    if place is None or place < offset:
        return [argument]
    parameter = parameters[place]
    if parameter.kind == "varargs":
        return list(call.arguments[place - offset + first :]) if isinstance(argument, ir.Starred) else [argument]
    if parameter.kind == "kwargs":
        taken = {p.name for p in parameters if p.kind != "kwargs"}
        spread = isinstance(argument, ir.Keyword) and argument.name is None
        return [k for k in call.keywords if k.name not in taken] if spread else [argument]
    given = next((k.value for k in call.keywords if k.name == parameter.name), None)
    if given is None and parameter.kind != "keyword" and place - offset < len(call.arguments):
        given = call.arguments[place - offset]
    if given is None or isinstance(given, ir.Starred):
        return [argument]
    return _in_place(argument, given)


def _without_first(value: ir.Expr, function: Function) -> tuple[ir.Expr, int]:
    """What is cut off by `args[1:]`, or by `args = tuple(args[1:])` before, with how much it is."""
    if isinstance(value, ir.Name) and any(
        p.name == value.id and p.kind == "varargs" for p in function.record.parameters
    ):
        bound = body_of(function).assigned.get(value.id, [])
        value = bound[0] if len(bound) == 1 else value
    if isinstance(value, ir.Call) and ending(value.function) in ("list", "tuple") and len(value.arguments) == 1:
        value = value.arguments[0]
    if isinstance(value, ir.Subscript) and isinstance(value.index, ir.Opaque) and value.index.parts:
        start, *others = value.index.parts
        if (
            isinstance(start, ir.Constant)
            and isinstance(start.value, int)
            and start.value >= 0
            and all(isinstance(one, ir.Constant) and one.value is None for one in others)
        ):
            return value.value, start.value
    return value, 0


def _in_place(argument: Argument, given: ir.Expr) -> list[Argument]:
    if isinstance(argument, ir.Keyword):
        if argument.name is None and isinstance(given, ir.Mapping):
            pairs = zip(given.keys, given.values, strict=True)
            return [ir.Keyword(_key(key) if key is not None else None, value) for key, value in pairs]
        return [ir.Keyword(argument.name, given)]
    if isinstance(argument, ir.Starred):
        return list(given.items) if isinstance(given, ir.Sequence) else [ir.Starred(given)]
    return [given]
