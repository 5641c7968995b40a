"""Statements of the backend inside a generated function, with every string in them as it was."""

from __future__ import annotations

import ast
import builtins
import io
import symtable
import token
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from exporters.worker.compiled import awaits as tree_awaits

_BUILTINS = frozenset(dir(builtins))
_OPENS = frozenset({getattr(token, "FSTRING_START", -1), getattr(token, "TSTRING_START", -1)})
_CLOSES = frozenset({getattr(token, "FSTRING_END", -1), getattr(token, "TSTRING_END", -1)})


def indented(code: str, by: int = 4) -> str:
    """The code moved to the right; lines that begin inside a string stay where they are."""
    inside = set(_lines_inside_strings(code))
    lines = code.split("\n")
    pad = " " * by
    return "\n".join(
        line if number in inside or not line.strip() else pad + line for number, line in enumerate(lines, 1)
    )


def _lines_inside_strings(code: str) -> Iterator[int]:
    opened: list[int] = []
    for found in tokenize.generate_tokens(io.StringIO(code).readline):
        if found.type == token.STRING:
            yield from range(found.start[0] + 1, found.end[0] + 1)
        elif found.type in _OPENS:
            opened.append(found.start[0])
        elif found.type in _CLOSES:
            yield from range(opened.pop() + 1, found.end[0] + 1)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a piece of code binds, and those that it takes from around it."""

    bound: frozenset[str]
    needed: frozenset[str]


def names_of(code: str) -> Names:
    """What Python itself says of the names in some statements."""
    body = indented(code) if code.strip() else "    pass"
    outer = symtable.symtable(f"async def piece():\n{body}\n", "piece", "exec").get_children()[0]
    bound = frozenset(symbol.get_name() for symbol in outer.get_symbols() if symbol.is_local())
    needed: set[str] = set()
    tables = [outer]
    while tables:
        scope = tables.pop()
        needed.update(symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global())
        tables.extend(scope.get_children())
    return Names(bound, frozenset(needed - _BUILTINS))


def surely_bound(code: str) -> frozenset[str]:
    """The names that the code has bound whenever it ends well: those of its own plain statements."""
    found: set[str] = set()
    for statement in ast.parse(code).body:
        match statement:
            case ast.Assign():
                targets: list[ast.expr] = statement.targets
            case ast.AnnAssign() | ast.AugAssign():
                targets = [statement.target] if statement.value is not None else []
            case ast.With() | ast.AsyncWith():
                targets = [item.optional_vars for item in statement.items if item.optional_vars]
            case ast.Import() | ast.ImportFrom():
                found.update(alias.asname or alias.name.partition(".")[0] for alias in statement.names)
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(statement.name)
                continue
            case ast.Delete():
                found.difference_update(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
                continue
            case _:
                continue
        found.update(name for target in targets for name in _stored(target))
    return frozenset(found)


def _stored(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def awaits(code: str) -> bool:
    """Whether the statements themselves await; what inner functions do is theirs."""
    return tree_awaits(ast.parse(code))
