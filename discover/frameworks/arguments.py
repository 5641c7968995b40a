"""The arguments that a call hands over, as text for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.render import render

if TYPE_CHECKING:
    from discover.catalog import spec


def travelling(rule: spec.Arguments, call: ir.Call) -> tuple[str, ...]:
    """The arguments that travel, as text."""
    found: list[str] = []
    if rule.start is not None:
        found += [render(argument) for argument in call.arguments[rule.start :]]
        found += [
            f"{k.name}={render(k.value)}" if k.name else f"**{render(k.value)}"
            for k in call.keywords
            if k.name not in rule.skip
        ]
        return tuple(found)
    for place, mark in ((rule.args, "*"), (rule.kwargs, "**")):
        expression = _place(place, "args" if mark == "*" else "kwargs", call)
        if isinstance(expression, ir.Sequence):
            found += [render(item) for item in expression.items]
        elif isinstance(expression, ir.Mapping):
            pairs = zip(expression.keys, expression.values, strict=True)
            found += [f"{_key(k)}={render(v)}" if k is not None else f"**{render(v)}" for k, v in pairs]
        elif expression is not None:
            found.append(mark + render(expression))
    return tuple(found)


def _place(place: str | int | None, keyword: str, call: ir.Call) -> ir.Expr | None:
    name = place if isinstance(place, str) else keyword
    for given in call.keywords:
        if place is not None and given.name == name:
            return given.value
    if isinstance(place, int) and place < len(call.arguments):
        return call.arguments[place]
    return None


def _key(key: ir.Expr) -> str:
    return str(key.value) if isinstance(key, ir.Constant) else render(key)
