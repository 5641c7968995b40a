"""The state of the reading of one file, and the tables that dispatch on node class."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from discover.facts.records import Diagnostic, Expr, Stmt


class Reading:
    """The state of one file's extraction. Handlers read and change it; nothing of it outlives the file."""

    __slots__ = ("calls", "diagnostics", "is_generator", "lines", "prefix", "shared_names")

    def __init__(self, source: bytes) -> None:
        self.calls = 0
        """The number of the next call."""
        self.diagnostics: list[Diagnostic] = []
        self.lines = source.split(b"\n")
        """The source as UTF-8, which the columns of `ast` count in."""
        self.prefix = ""
        """What stands before the qualified name of a definition found now, its dot included."""
        self.is_generator = False
        """A `yield` was seen in the function that is being read."""
        self.shared_names: list[str] = []
        """The `global` and `nonlocal` names of the function that is being read."""


EXPRESSIONS: dict[type[ast.AST], Callable[[Any, Reading], Expr]] = {}
"""Node class to the function that turns such a node into an expression."""

STATEMENTS: dict[type[ast.AST], Callable[[Any, Reading], Stmt | None]] = {}
"""Node class to the function that turns such a node into a statement; None leaves it out."""


def expressions(nodes: list[ast.expr], reading: Reading) -> list[Expr]:
    """Turn nodes into expressions, in their order."""
    return [EXPRESSIONS[type(node)](node, reading) for node in nodes]


def optional(node: ast.expr | None, reading: Reading) -> Expr | None:
    """Turn a node that may be missing into an expression."""
    return None if node is None else EXPRESSIONS[type(node)](node, reading)
