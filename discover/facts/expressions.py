"""From the expressions of `ast` to those of the records. This is the hot path: see `benchmarks/parse_ratio.py`.

A handler takes the node and the reading. What handlers repeat (looking a child up in `EXPRESSIONS`, the common case
of a plain name) is written out, since a function call more per node is what would make it slow.
"""

from __future__ import annotations

import ast
import sys
from typing import Literal

from discover.facts.operators import COMPARISONS, OPERATORS, balanced, operands
from discover.facts.reading import EXPRESSIONS, Reading, expressions
from discover.facts.records import (
    Attribute,
    Await,
    Binary,
    Call,
    Choice,
    Comprehension,
    Constant,
    Expr,
    For,
    FString,
    Keyword,
    Mapping,
    Name,
    Named,
    Opaque,
    Sequence,
    Starred,
    Subscript,
    Yield,
)

STRING_LIMIT = 20_000
"""Longest string constant that is kept whole."""

LEAST_INTEGER, GREATEST_INTEGER = -(2**63), 2**64 - 1
"""What MessagePack can say; a greater number is of no use to any stage, and becomes None."""


def _name(node: ast.Name, reading: Reading) -> Name:  # noqa: ARG001 - as every handler
    return Name(node.id)


def _attribute(node: ast.Attribute, reading: Reading) -> Attribute:
    value = node.value
    if type(value) is ast.Name:
        return Attribute(Name(value.id), node.attr, node.end_lineno or 0)
    return Attribute(EXPRESSIONS[type(value)](value, reading), node.attr, node.end_lineno or 0)


def _call(node: ast.Call, reading: Reading) -> Call:
    function = node.func
    called = EXPRESSIONS[type(function)](function, reading)
    number = reading.calls
    reading.calls = number + 1
    return Call(
        number,
        function.end_lineno or 0,
        node.end_lineno or 0,
        called,
        [EXPRESSIONS[type(argument)](argument, reading) for argument in node.args] if node.args else [],
        keywords(node.keywords, reading) if node.keywords else [],
    )


def keywords(nodes: list[ast.keyword], reading: Reading) -> list[Keyword]:
    """Turn the keyword arguments of a call or class into records."""
    return [Keyword(node.arg, EXPRESSIONS[type(node.value)](node.value, reading)) for node in nodes]


def text_constant(value: str) -> Constant:
    """A string constant that is not too long and that can be written as UTF-8."""
    if len(value) > STRING_LIMIT:
        value = value[: STRING_LIMIT - 1] + "…"
    if not value.isascii():
        value = value.encode("utf-8", "backslashreplace").decode()
    return Constant(value)


def _constant(node: ast.Constant, _: Reading) -> Constant:
    value = node.value
    if isinstance(value, str):
        return text_constant(value)
    if isinstance(value, bytes):
        return text_constant(value[: STRING_LIMIT + 1].decode("latin-1"))
    if isinstance(value, int):
        return Constant(value if LEAST_INTEGER <= value <= GREATEST_INTEGER else None)
    return Constant(value if isinstance(value, float) else None)


def _f_string(node: ast.JoinedStr, reading: Reading) -> FString:
    return FString([EXPRESSIONS[type(part)](part, reading) for part in node.values])


def _formatted(node: ast.FormattedValue, reading: Reading) -> Expr:
    """The value itself; where it is formatted by more than `str`, its text is unknown and only its parts are kept."""
    value = EXPRESSIONS[type(node.value)](node.value, reading)
    if node.format_spec is None and node.conversion in (-1, ord("s")):
        return value
    parts = [value]
    if isinstance(node.format_spec, ast.JoinedStr):
        parts += [
            EXPRESSIONS[type(part)](part, reading)
            for part in node.format_spec.values
            if not isinstance(part, ast.Constant)
        ]
    return Opaque(parts)


def _binary(node: ast.BinOp, reading: Reading) -> Expr:
    left = node.left
    if type(left) is ast.BinOp and type(left.left) is ast.BinOp:
        return _operator_chain(node, reading)
    return Binary(
        OPERATORS[type(node.op)],
        EXPRESSIONS[type(left)](left, reading),
        EXPRESSIONS[type(node.right)](node.right, reading),
    )


def _operator_chain(node: ast.BinOp, reading: Reading) -> Expr:
    """A chain `a + b + c + …` without recursion along it."""
    operators, nodes = operands(node)
    return balanced(operators, [EXPRESSIONS[type(operand)](operand, reading) for operand in nodes])


def _either(node: ast.BoolOp, reading: Reading) -> Choice:
    return Choice(expressions(node.values, reading), [], "or" if type(node.op) is ast.Or else "and")


def _conditional(node: ast.IfExp, reading: Reading) -> Choice:
    body = EXPRESSIONS[type(node.body)](node.body, reading)
    test = EXPRESSIONS[type(node.test)](node.test, reading)
    return Choice([body, EXPRESSIONS[type(node.orelse)](node.orelse, reading)], [test])


def _list(node: ast.List, reading: Reading) -> Sequence:
    return Sequence("list", [EXPRESSIONS[type(item)](item, reading) for item in node.elts])


def _tuple(node: ast.Tuple, reading: Reading) -> Sequence:
    return Sequence("tuple", [EXPRESSIONS[type(item)](item, reading) for item in node.elts])


def _set(node: ast.Set, reading: Reading) -> Sequence:
    return Sequence("set", [EXPRESSIONS[type(item)](item, reading) for item in node.elts])


def _dict(node: ast.Dict, reading: Reading) -> Mapping:
    keys: list[Expr | None] = []
    values: list[Expr] = []
    lines: list[int] = []
    for key, value in zip(node.keys, node.values, strict=True):
        keys.append(None if key is None else EXPRESSIONS[type(key)](key, reading))
        values.append(EXPRESSIONS[type(value)](value, reading))
        lines.append(value.lineno if key is None else key.lineno)
    return Mapping(keys, values, lines)


def _subscript(node: ast.Subscript, reading: Reading) -> Subscript:
    value = EXPRESSIONS[type(node.value)](node.value, reading)
    return Subscript(value, EXPRESSIONS[type(node.slice)](node.slice, reading))


def _slice(node: ast.Slice, reading: Reading) -> Opaque:
    parts = (node.lower, node.upper, node.step)
    return Opaque([Constant(None) if part is None else EXPRESSIONS[type(part)](part, reading) for part in parts])


def _compare(node: ast.Compare, reading: Reading) -> Opaque:
    left = EXPRESSIONS[type(node.left)](node.left, reading)
    parts = [left, *[EXPRESSIONS[type(operand)](operand, reading) for operand in node.comparators]]
    return Opaque(parts, ", ".join(COMPARISONS[type(operator)] for operator in node.ops))


_SIGNS: dict[type[ast.unaryop], str] = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


def _unary(node: ast.UnaryOp, reading: Reading) -> Expr:
    operand = node.operand
    if type(node.op) is ast.USub and type(operand) is ast.Constant and isinstance(operand.value, int | float):
        return _constant(ast.Constant(-operand.value), reading)
    return Opaque([EXPRESSIONS[type(operand)](operand, reading)], _SIGNS[type(node.op)])


Kind = Literal["list", "set", "generator"]


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, reading: Reading) -> Comprehension:
    element = EXPRESSIONS[type(node.elt)](node.elt, reading)
    return Comprehension(COMPREHENSIONS[type(node)], element, None, _generators(node.generators, reading))


def _dict_comprehension(node: ast.DictComp, reading: Reading) -> Comprehension:
    key = EXPRESSIONS[type(node.key)](node.key, reading)
    element = EXPRESSIONS[type(node.value)](node.value, reading)
    return Comprehension("dict", element, key, _generators(node.generators, reading))


def _generators(nodes: list[ast.comprehension], reading: Reading) -> list[For]:
    return [
        For(
            EXPRESSIONS[type(node.target)](node.target, reading),
            EXPRESSIONS[type(node.iter)](node.iter, reading),
            expressions(node.ifs, reading),
            bool(node.is_async),
        )
        for node in nodes
    ]


COMPREHENSIONS: dict[type[ast.AST], Kind] = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}


def _await(node: ast.Await, reading: Reading) -> Await:
    return Await(EXPRESSIONS[type(node.value)](node.value, reading))


def _yield(node: ast.Yield, reading: Reading) -> Yield:
    reading.is_generator = True
    value = node.value
    return Yield(None if value is None else EXPRESSIONS[type(value)](value, reading), False)


def _yield_from(node: ast.YieldFrom, reading: Reading) -> Yield:
    reading.is_generator = True
    return Yield(EXPRESSIONS[type(node.value)](node.value, reading), True)


def _starred(node: ast.Starred, reading: Reading) -> Starred:
    return Starred(EXPRESSIONS[type(node.value)](node.value, reading))


def _named(node: ast.NamedExpr, reading: Reading) -> Named:
    return Named(node.target.id, EXPRESSIONS[type(node.value)](node.value, reading))


EXPRESSIONS.update(
    {
        ast.Attribute: _attribute,
        ast.Await: _await,
        ast.BinOp: _binary,
        ast.BoolOp: _either,
        ast.Call: _call,
        ast.Compare: _compare,
        ast.Constant: _constant,
        ast.Dict: _dict,
        ast.DictComp: _dict_comprehension,
        ast.FormattedValue: _formatted,
        ast.GeneratorExp: _comprehension,
        ast.IfExp: _conditional,
        ast.JoinedStr: _f_string,
        ast.List: _list,
        ast.ListComp: _comprehension,
        ast.Name: _name,
        ast.NamedExpr: _named,
        ast.Set: _set,
        ast.SetComp: _comprehension,
        ast.Slice: _slice,
        ast.Starred: _starred,
        ast.Subscript: _subscript,
        ast.Tuple: _tuple,
        ast.UnaryOp: _unary,
        ast.Yield: _yield,
        ast.YieldFrom: _yield_from,
    }
)
if sys.version_info >= (3, 14):
    EXPRESSIONS[ast.TemplateStr] = _f_string
    EXPRESSIONS[ast.Interpolation] = _formatted
