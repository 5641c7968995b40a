"""A prefix that a router keeps itself: `parent.add_subapp("/" + child.get("prefix", name), child)`.

What stands under the key is the child's own, written where it is made (`app["prefix"] = "orders"`), so that one call
that mounts many of them gives each its own path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.bodies import names_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.reading.contexts import Contexts
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_STEPS = 3
"""So many local names are followed from the prefix to what is asked of the child."""


def kept_prefix(contexts: Contexts, site: CallSite, prefix: ir.Expr | None, child: ir.Expr | None, key: str) -> str:
    """The text that the router of a key keeps where the prefix asks it for that; empty where it asks for nothing."""
    if prefix is None or not isinstance(child, ir.Name):
        return ""
    asked = next(_asked(contexts, site.function, prefix, child.id, _STEPS), None)
    return _kept(contexts, key, asked) if asked is not None else ""


def _asked(contexts: Contexts, function: Function, expression: ir.Expr, name: str, steps: int) -> Iterator[str]:
    """The keys for which the expression asks what has the name."""
    if isinstance(expression, ir.Binary):
        yield from _asked(contexts, function, expression.left, name, steps)
        yield from _asked(contexts, function, expression.right, name, steps)
    elif isinstance(expression, ir.FString):
        for part in expression.parts:
            yield from _asked(contexts, function, part, name, steps)
    elif isinstance(expression, ir.Name) and steps and expression.id != name:
        for value in contexts.assignments(function).get(expression.id, []):
            if name in names_read(value):
                yield from _asked(contexts, function, value, name, steps - 1)
    elif isinstance(expression, ir.Subscript):
        yield from _text(expression.value, expression.index, name)
    elif isinstance(expression, ir.Call) and isinstance(expression.function, ir.Attribute) and expression.arguments:
        called = expression.function
        yield from _text(called.value, expression.arguments[0], name) if called.name == "get" else ()


def _text(holder: ir.Expr, index: ir.Expr, name: str) -> Iterator[str]:
    is_own = isinstance(holder, ir.Name) and holder.id == name
    if is_own and isinstance(index, ir.Constant) and isinstance(index.value, str):
        yield index.value


def _kept(contexts: Contexts, key: str, asked: str) -> str:
    """What is set under the key where the call stands that made the router, and in no other way there."""
    path, _, number = key.rpartition("#")
    module = contexts.program.by_path.get(path)
    if module is None or not number.isdigit():
        return ""
    makers = [one for one in contexts.program.all_functions if one.module is module and int(number) in one.sites]
    found: set[str] = set()
    for function in makers:
        made = [
            name
            for name, values in contexts.assignments(function).items()
            if any(isinstance(value, ir.Call) and value.number == int(number) for value in values)
        ]
        for place, value in contexts.bodies.items_set(function):
            is_own = isinstance(place.value, ir.Name) and place.value.id in made
            if is_own and isinstance(place.index, ir.Constant) and place.index.value == asked:
                found.add(value.value if isinstance(value, ir.Constant) and isinstance(value.value, str) else "")
    return found.pop() if len(found) == 1 else ""
