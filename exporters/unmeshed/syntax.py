"""Questions about statements that decide where a function may be cut."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from exporters.unmeshed.source import Function


def body_of(node: ast.FunctionDef) -> list[ast.stmt]:
    """The statements but for the docstring."""
    first = node.body[0]
    is_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1:] if is_doc else node.body


def leaves(statement: ast.stmt) -> bool:
    """Whether the function may end here although more statements follow; an error ends the process anyway."""
    return any(isinstance(node, ast.Return) for node in ast.walk(statement))


def changed_in_place(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """The variables whose values are seen to be changed in place: they are handed on anew."""
    found: set[str] = set()
    for statement in statements:
        for node in ast.walk(statement):
            target: ast.expr | None = None
            if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
                target = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = node.func.value
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name):
                found.add(target.id)
    return frozenset(found)


def is_changed_in_place(node: ast.FunctionDef, name: str) -> bool:
    """Whether the function assigns to an attribute or an item of the variable."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute | ast.Subscript) and not isinstance(inner.ctx, ast.Load):  # noqa: SIM102
            if isinstance(inner.value, ast.Name) and inner.value.id == name:
                return True
    return False


def single_target(statement: ast.stmt) -> str | None:
    """The variable that takes the value; empty where it is dropped or returned, None where it is more than a name."""
    if isinstance(statement, ast.Expr | ast.Return):
        return ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def bind(callee: Function, call: ast.Call) -> dict[str, str] | None:
    """Source of each parameter's value; None unless the call gives each by position or by name."""
    names = callee.parameters
    if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(names):
        return None
    values = {name: ast.unparse(value) for name, value in zip(names, call.args, strict=False)}
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        values[keyword.arg] = ast.unparse(keyword.value)
    return values if values.keys() == set(names) else None


def result_of(node: ast.FunctionDef) -> str | None:
    """The variable that the function returns at its end; empty for none, None where it returns otherwise."""
    returns = [inner for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    if not returns:
        return ""
    if len(returns) > 1 or returns[0] is not node.body[-1]:
        return None
    value = returns[0].value
    if value is None:
        return ""
    return value.id if isinstance(value, ast.Name) else None


def last_name(decorator: ast.expr) -> str:
    """The last part of a decorator's dotted name."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def is_cuttable(function: Function) -> bool:
    """Whether plain calls of pieces can stand for a call of the function."""
    arguments = function.node.args
    barred = ast.Yield | ast.YieldFrom | ast.Await | ast.Global | ast.Nonlocal
    return not (arguments.vararg or arguments.kwarg) and not any(
        isinstance(node, barred) for node in ast.walk(function.node)
    )


def stores_in(node: ast.FunctionDef) -> list[str]:
    """Every name that the function's statements bind, as often as they do."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
