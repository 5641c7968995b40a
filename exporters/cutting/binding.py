"""Which argument of a call each parameter of a function gets."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst

from exporters.cutting.reasons import CannotCutError
from exporters.cutting.selves import Shared
from exporters.cutting.source import Function


@dataclass(frozen=True, slots=True)
class Given:
    """The value of one parameter."""

    value: cst.BaseExpression
    name: str = ""
    """The name, where the value is one."""
    is_default: bool = False
    """It stands in the function's own head."""
    shared: Shared | None = None
    """It is an object that a module holds."""


def text_of(node: cst.CSTNode) -> str:
    """The code of a node."""
    return cst.Module(body=[]).code_for_node(node)


def parsed(node: cst.BaseExpression) -> ast.expr:
    """The expression, which may go over several lines, as `ast` has it."""
    return ast.parse(f"(\n{text_of(node)}\n)", mode="eval").body


def bind(callee: Function, call: cst.Call, receiver: Given | None = None) -> dict[str, Given]:
    """The value of each parameter, in the order in which the call computes them; raises where it can't be told.

    `receiver` is the object whose method is called.
    """
    name = callee.node.name
    arguments = callee.node.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    found: dict[str, Given] = {}
    if receiver is not None:
        found[positional.pop(0)] = receiver
    for index, argument in enumerate(call.args):
        if argument.star:
            raise CannotCutError(f"`{name}` is called with `{argument.star}`")
        if argument.keyword is None and index >= len(positional):
            raise CannotCutError(f"`{name}` is called with too many arguments")
        key = argument.keyword.value if argument.keyword else positional[index]
        if key in found or key not in callee.parameters:
            raise CannotCutError(f"`{name}` is called with an argument `{key}` that it does not take")
        own = argument.value.value if isinstance(argument.value, cst.Name) else ""
        found[key] = Given(argument.value, own)
    for key, default in callee.defaults.items():
        if key not in found:
            if not isinstance(default, ast.Constant):
                raise CannotCutError(f"the default of `{key}` in `{name}` is no constant")
            found[key] = Given(cst.parse_expression(ast.unparse(default)), is_default=True)
    if missing := [key for key in callee.parameters if key not in found]:
        raise CannotCutError(f"`{name}` is called without `{missing[0]}`")
    return found
