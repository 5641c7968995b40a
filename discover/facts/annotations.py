"""Annotations: expressions in which a string is a forward reference."""

from __future__ import annotations

import ast
import re

from discover.facts.expressions import text_constant
from discover.facts.reading import EXPRESSIONS, Reading
from discover.facts.records import Attribute, Binary, Expr, Name, Sequence, Subscript

DOTTED_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
VERBATIM = ("Literal", "TypedDict", "Doc")
"""The strings in a subscript of these are strings."""


def annotation(node: ast.expr | None, reading: Reading) -> Expr | None:
    """Turn an annotation into an expression; strings in it are parsed where they stand for types."""
    if node is None or type(node) is ast.Name:
        return None if node is None else Name(node.id)
    return _annotated(node, reading)


def _annotated(node: ast.expr, reading: Reading) -> Expr:
    match node:
        case ast.Constant(value=str() as text):
            return _forward_reference(node, text, reading)
        case ast.Subscript():
            return _subscript(node, reading)
        case ast.BinOp(op=ast.BitOr()):
            return Binary("|", _annotated(node.left, reading), _annotated(node.right, reading))
        case ast.Tuple() | ast.List():
            kind = "tuple" if isinstance(node, ast.Tuple) else "list"
            return Sequence(kind, [_annotated(item, reading) for item in node.elts])
        case _:
            return EXPRESSIONS[type(node)](node, reading)


def _subscript(node: ast.Subscript, reading: Reading) -> Expr:
    value = EXPRESSIONS[type(node.value)](node.value, reading)
    name = getattr(value, "name", getattr(value, "id", ""))
    if name in VERBATIM:
        return Subscript(value, EXPRESSIONS[type(node.slice)](node.slice, reading))
    if name == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        first, *metadata = node.slice.elts
        items = [_annotated(first, reading)]
        items += [EXPRESSIONS[type(item)](item, reading) for item in metadata]
        return Subscript(value, Sequence("tuple", items))
    return Subscript(value, _annotated(node.slice, reading))


def _forward_reference(node: ast.expr, text: str, reading: Reading) -> Expr:
    """The type that a string names, or the string where it is no expression. Lines are those of the string."""
    line = node.end_lineno or node.lineno
    if DOTTED_NAME.fullmatch(text):
        first, *rest = text.split(".")
        expression: Expr = Name(first)
        for name in rest:
            expression = Attribute(expression, name, line)
        return expression
    try:
        parsed = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text_constant(text)
    for part in ast.walk(parsed):
        if isinstance(part, ast.expr):
            part.lineno = part.end_lineno = line
            part.col_offset = part.end_col_offset = 0
    if isinstance(parsed, ast.Constant):
        return text_constant(text) if isinstance(parsed.value, str) else EXPRESSIONS[ast.Constant](parsed, reading)
    return _annotated(parsed, reading)
