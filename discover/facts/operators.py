"""Chains of operators, however long, as trees that stay shallow."""

from __future__ import annotations

import ast

from discover.facts.records import Binary, Expr, Opaque

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
}

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

NESTED_CHAIN = 20
"""A chain of more operands than this is not nested as the grammar says, or it would be too deep for later stages."""


def operands(node: ast.BinOp) -> tuple[list[str], list[ast.expr]]:
    """The operators and operands of a left-nested chain, from left to right."""
    operators: list[str] = []
    nodes: list[ast.expr] = []
    current: ast.expr = node
    while type(current) is ast.BinOp:
        operators.append(OPERATORS[type(current.op)])
        nodes.append(current.right)
        current = current.left
    nodes.append(current)
    operators.reverse()
    nodes.reverse()
    return operators, nodes


def balanced(operators: list[str], values: list[Expr]) -> Expr:
    """The chain as `Binary` records: nested to the left while short, else halved where the operator is associative.

    A long chain of mixed operators keeps its operands only.
    """
    if len(values) <= NESTED_CHAIN:
        tree = values[0]
        for operator, value in zip(operators, values[1:], strict=True):
            tree = Binary(operator, tree, value)
        return tree
    if len(set(operators)) > 1 or operators[0] not in ("+", "|", "&", "^", "*", "@"):
        return Opaque(values)
    middle = len(values) // 2
    operator = operators[0]
    return Binary(
        operator, balanced(operators[: middle - 1], values[:middle]), balanced(operators[middle:], values[middle:])
    )
