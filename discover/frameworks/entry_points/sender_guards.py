"""Receivers of any sender that turn most senders away at once: `if not issubclass(sender, Order): return`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import ClassValue, ContainerValue

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Value

_TESTS = {"issubclass": "sender", "isinstance": "instance"}
"""What tells a class, and the parameter that signals hand over under this name."""


def accepted_senders(program: Program, receiver: Function) -> list[Class]:
    """The project's classes that a receiver's first statement lets through; none when it says nothing of them."""
    statements = [s for s in receiver.record.body if not _is_plain(s)]
    first = statements[0] if statements else None
    if not isinstance(first, ir.If) or first.otherwise or ("sender" not in first.text and "instance" not in first.text):
        return []
    test = _parsed(first.text)
    if test is None:
        return []
    if first.body and isinstance(first.body[-1], ir.Return):
        for part, record in _operands(test, first.test, ast.Or):
            found = _classes(program, receiver, _refused(part, record))
            if found:
                return found
    elif len(statements) == 1:
        for part, record in _operands(test, first.test, ast.And):
            found = _classes(program, receiver, _allowed(part, record))
            if found:
                return found
    return []


def _is_plain(statement: ir.Stmt) -> bool:
    return isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Constant)


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None  # the test is longer than what is kept of it


def _operands(test: ast.expr, record: ir.Expr, operator: type[ast.boolop]) -> list[tuple[ast.expr, ir.Expr]]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, operator) and isinstance(record, ir.Choice):
        return list(zip(test.values, record.values, strict=True)) if len(test.values) == len(record.values) else []
    return [(test, record)]


def _refused(test: ast.expr, record: ir.Expr) -> ir.Expr | None:
    """The classes in `not issubclass(sender, …)`, `sender not in …`, `sender != …`, `sender is not …`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(record, ir.Opaque):
        return _allowed(test.operand, record.parts[0]) if len(record.parts) == 1 else None
    return _compared(test, record, (ast.NotIn, ast.NotEq, ast.IsNot))


def _allowed(test: ast.expr, record: ir.Expr) -> ir.Expr | None:
    """The classes in `issubclass(sender, …)`, `sender in …`, `sender == …`, `sender is …`."""
    if isinstance(record, ir.Call) and isinstance(record.function, ir.Name) and len(record.arguments) == 2:
        subject = record.arguments[0]
        is_sender = isinstance(subject, ir.Name) and _TESTS.get(record.function.id) == subject.id
        return record.arguments[1] if is_sender else None
    return _compared(test, record, (ast.In, ast.Eq, ast.Is))


def _compared(test: ast.expr, record: ir.Expr, operators: tuple[type[ast.cmpop], ...]) -> ir.Expr | None:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], operators):
        return None
    if not isinstance(record, ir.Opaque) or len(record.parts) != 2:
        return None
    subject, classes = record.parts
    return classes if isinstance(subject, ir.Name) and subject.id == "sender" else None


def _classes(program: Program, receiver: Function, expression: ir.Expr | None) -> list[Class]:
    """All of them, or none: a sender that is not known may be any."""
    if expression is None:
        return []
    items = expression.items if isinstance(expression, ir.Sequence) else [expression]
    found: dict[Class, None] = {}
    for item in items:
        values = _flat(program.values_of(receiver, item))
        if not values or not all(isinstance(v, ClassValue) and v.cls.is_project for v in values):
            return []
        found.update((v.cls, None) for v in values if isinstance(v, ClassValue))
    return list(found)


def _flat(values: tuple[Value, ...]) -> list[Value]:
    return [
        inner for value in values for inner in (value.element.values if isinstance(value, ContainerValue) else (value,))
    ]
