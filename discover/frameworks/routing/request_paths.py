"""The paths that a handler of all requests tells apart: the texts with which its conditions compare the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH = ("path",)
_ROUNDS = 3


def compared_paths(body: list[ir.Stmt], keys: tuple[str, ...] = _PATH) -> list[str]:
    """Every path that the body compares the request's with, in source order.

    Args:
        body: A function's body.
        keys: What holds the path: attributes of any object (`self.path`, `parsed.path`), keys of a mapping.
    """
    every = list(statements(body))
    names: set[str] = set()
    for _ in range(_ROUNDS):
        for statement in every:
            value = statement.value if isinstance(statement, ir.Assign) else None
            if isinstance(statement, ir.Assign) and value is not None and _reads(value, names, keys):
                names |= {target.id for target in statement.targets if isinstance(target, ir.Name)}
    found: dict[str, None] = {}
    for statement in every:
        if isinstance(statement, ir.If | ir.While):
            found.update(dict.fromkeys(_tested(statement.test, names, keys)))
        elif isinstance(statement, ir.Match) and _reads(statement.subject, names, keys):
            texts = (v for case in statement.cases for v in case.values)
            found.update(dict.fromkeys(text for one in texts for text in _texts(one)))
    return list(found)


def _tested(test: ir.Expr, names: set[str], keys: tuple[str, ...]) -> Iterator[str]:
    if isinstance(test, ir.Choice):
        for part in (*test.values, *test.tests):
            yield from _tested(part, names, keys)
    elif isinstance(test, ir.Call) and isinstance(test.function, ir.Attribute):
        if test.function.name == "startswith" and _reads(test.function.value, names, keys):
            yield from (f"{text}*" for one in test.arguments[:1] for text in _texts(one))
    elif isinstance(test, ir.Opaque):
        if any(_reads(part, names, keys) for part in test.parts):
            yield from (text for part in test.parts for text in _texts(part))
        for part in test.parts:
            yield from _tested(part, names, keys)


def _texts(expression: ir.Expr) -> list[str]:
    """The paths among literals; a pair, list or set of them counts too."""
    if isinstance(expression, ir.Sequence):
        return [text for item in expression.items for text in _texts(item)]
    if isinstance(expression, ir.Constant) and isinstance(expression.value, str) and expression.value.startswith("/"):
        return [expression.value]
    return []


def _reads(expression: ir.Expr, names: set[str], keys: tuple[str, ...]) -> bool:
    """Whether the expression's value comes from the request's path."""
    if isinstance(expression, ir.Name):
        return expression.id in names
    if isinstance(expression, ir.Attribute):
        return expression.name in keys or _reads(expression.value, names, keys)
    if isinstance(expression, ir.Subscript):
        index = expression.index
        return (isinstance(index, ir.Constant) and index.value in keys) or _reads(expression.value, names, keys)
    if isinstance(expression, ir.Call):
        given = [*expression.arguments, expression.function]
        named = any(isinstance(one, ir.Constant) and one.value in keys for one in expression.arguments)
        return named or any(_reads(one, names, keys) for one in given)
    return False
