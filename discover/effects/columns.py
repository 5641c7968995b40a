"""Which models a statement reads that selects columns, not whole objects: `select(Ticket.id, func.count())`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.effects.models import Models
    from discover.resolve.program import Program
    from discover.resolve.symbols import Function

_SOURCES = frozenset({"select", "select_from"})


def models_of_columns(program: Program, function: Function, expression: ir.Expr | None, models: Models) -> str:
    """The mapped classes whose columns are selected, else those that its conditions name; empty when there are none."""
    chains = _chains(function, expression)
    parts = [argument for chain in chains for call in _links(chain) if _is_source(call) for argument in call.arguments]
    for looked in (parts, chains):
        named = dict.fromkeys(name for part in looked for name in _owners(program, function, part, models))
        if named:
            return ", ".join(named)
    return ""


def _chains(function: Function, expression: ir.Expr | None) -> list[ir.Expr]:
    """The expression; of a variable, what is assigned to it."""
    if not isinstance(expression, ir.Name):
        return [] if expression is None else [expression]
    return [
        statement.value
        for statement in function.statements
        if isinstance(statement, ir.Assign) and statement.value is not None
        for target in statement.targets
        if isinstance(target, ir.Name) and target.id == expression.id
    ]


def _links(chain: ir.Expr) -> Iterator[ir.Call]:
    """The calls of `select(…).where(…).order_by(…)`, the last one first."""
    while isinstance(chain, ir.Call):
        yield chain
        if not isinstance(chain.function, ir.Attribute):
            return
        chain = chain.function.value


def _is_source(call: ir.Call) -> bool:
    return ending(call.function) in _SOURCES


def _owners(program: Program, function: Function, expression: ir.Expr, models: Models) -> Iterator[str]:
    """The mapped classes that are named anywhere in the expression."""
    waiting: list[object] = [expression]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ir.Name | ir.Attribute):
            for value in program.values_of(function, node):
                if isinstance(value, ClassValue) and value.cls in models.mapped:
                    yield value.cls.record.name
        if isinstance(node, list):
            waiting[:0] = node
        elif isinstance(node, msgspec.Struct):
            waiting[:0] = [getattr(node, field) for field in node.__struct_fields__]
