"""Conditions that an engine's own language can say exactly as Python does; all others stay code of a worker.

Exact are tests for None, and `and`, `or`, `not` of such. A comparison with a text is not: an enum's member may equal
it in Python, and crosses as an object. Numbers, truth of a value, order, arithmetic and calls differ more still.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from exporters.canonical.records import Decision, While


@dataclass(frozen=True, slots=True)
class IsNone:
    """A variable is None (negated: is not)."""

    variable: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One part holds."""

    parts: tuple[Condition, ...]


Condition = IsNone | All | Either


def exact(element: Decision | While) -> Condition | None:
    """The condition over the run's variables; None where only Python can say it."""
    if element.call:
        return None
    try:
        tree = ast.parse(element.code.strip(), mode="eval")
    except SyntaxError:
        return None
    return _said(tree.body, element.inputs, negated=False)


def _said(node: ast.expr, inputs: dict[str, str], *, negated: bool) -> Condition | None:
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return _said(node.operand, inputs, negated=not negated)
        case ast.BoolOp():
            parts = tuple(part for value in node.values if (part := _said(value, inputs, negated=negated)) is not None)
            if len(parts) < len(node.values):
                return None
            return All(parts) if isinstance(node.op, ast.And) is not negated else Either(parts)
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
            if name not in inputs or not (isinstance(right, ast.Constant) and right.value is None):
                return None
            return IsNone(inputs[name], negated=isinstance(op, ast.IsNot) is not negated)
        case _:
            return None
