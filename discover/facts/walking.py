"""Walks over code: the statements of a body, without those of definitions in it, or all that the code is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import msgspec

from discover.facts import records as ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


Compound = ir.If | ir.ForLoop | ir.While | ir.With | ir.Try | ir.Match
"""The statements with blocks."""
COMPOUND = frozenset(get_args(Compound))
"""The same; most statements are none, and one look tells."""
_PLAIN = frozenset({str, int, bool, type(None)})
"""What most fields of a record hold."""


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


def blocks_within(body: list[ir.Stmt]) -> Iterator[list[ir.Stmt]]:
    """A body, and the blocks of its compound statements at any depth; definitions have none of their own here."""
    yield body
    for statement in body:
        if type(statement) in COMPOUND:
            for block in blocks(statement):
                yield from blocks_within(block)


def statements(body: list[ir.Stmt]) -> Iterator[ir.Stmt]:
    """Each statement of a body, with those in its blocks behind it."""
    found: list[ir.Stmt] = []
    _gather(body, found)
    return iter(found)


def within(node: object, skipped: tuple[type, ...] = ()) -> Iterator[msgspec.Struct]:
    """Every record in a piece of code, in source order, itself first; what is of a skipped kind is left out whole."""
    found: list[msgspec.Struct] = []
    _gather_records(node, skipped, found)
    return iter(found)


def is_within(line: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether one of the spans of lines, given by first and last, holds the line."""
    return any(first <= line <= last for first, last in spans)


def _gather_records(node: object, skipped: tuple[type, ...], found: list[msgspec.Struct]) -> None:
    if type(node) is list:
        for item in cast("list[object]", node):
            _gather_records(item, skipped, found)
    elif isinstance(node, msgspec.Struct) and not isinstance(node, skipped):
        found.append(node)
        for field in node.__struct_fields__:
            value = getattr(node, field)
            if type(value) not in _PLAIN:
                _gather_records(value, skipped, found)


def _gather(body: list[ir.Stmt], found: list[ir.Stmt]) -> None:
    for statement in body:
        found.append(statement)
        if type(statement) in COMPOUND:
            for block in blocks(statement):
                _gather(block, found)
