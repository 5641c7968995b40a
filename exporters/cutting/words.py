"""What a step is called, in the model's words or the code's."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from exporters.cutting.flow import Plain
from exporters.cutting.live import binds
from exporters.cutting.marks import Mark, deep
from exporters.cutting.source import dotted_name

_LONGEST = 60


def title(leaf: Plain, result: str) -> str:
    """The name of a step of a run that returns the variable `result`."""
    named = [name for name in map(_of_mark, leaf.marks) if name]
    if named:
        return named[0]
    if leaf.responds:
        return "Respond" if result == "response" else "Print the result"
    bound = sorted(name for name, variable in leaf.frame.names.items() if variable in binds(leaf))
    if bound:
        return f"Set {', '.join(bound)}"[:_LONGEST]
    first = leaf.tree[0] if leaf.tree else None
    if isinstance(first, ast.If):
        return f"Check {ast.unparse(first.test)}"[:_LONGEST]
    return _call_in(leaf.tree) or "Go on"


def _of_mark(mark: Mark) -> str:
    if mark.name:
        return mark.name
    return next((node.name for node in deep([mark]) if node.name), "")


def _call_in(body: Iterable[ast.stmt]) -> str:
    for statement in body:
        if isinstance(statement, ast.Raise):
            return (
                f"Raise {dotted_name(statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc)}"
                if statement.exc
                else "Raise"
            )
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Call) and dotted_name(inner.func):
                return dotted_name(inner.func).replace("_", " ").replace(".", " ").capitalize()
    return ""
