"""Walks over the statements of a body, those of nested functions and classes left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from collections.abc import Iterator


COMPOUND = frozenset({ir.If, ir.ForLoop, ir.While, ir.With, ir.Try, ir.Match})
"""The statements with blocks; most others are none, and one look tells."""


def blocks(statement: ir.Stmt) -> Iterator[list[ir.Stmt]]:
    """The blocks of a compound statement; definitions have none of their own here."""
    if isinstance(statement, ir.If | ir.ForLoop | ir.While):
        yield statement.body
        yield statement.otherwise
    elif isinstance(statement, ir.With):
        yield statement.body
    elif isinstance(statement, ir.Try):
        yield statement.body
        for handler in statement.handlers:
            yield handler.body
        yield statement.otherwise
        yield statement.last
    elif isinstance(statement, ir.Match):
        for case in statement.cases:
            yield case.body


def statements(body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
    """Each statement of a body, with those in its blocks behind it."""
    found: list[ir.Stmt] = []
    _gather(body, found)
    return iter(found)


def _gather(body: list[ir.Stmt], found: list[ir.Stmt]) -> None:
    for statement in body:
        found.append(statement)
        if type(statement) in COMPOUND:
            for block in blocks(statement):
                _gather(block, found)
