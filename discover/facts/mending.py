"""A source of which a few statements are wrong: they are left out, and the rest is read.

A file that someone is editing, one with a conflict's marks, or one line of an older Python must not hide what the other
statements do. What is left out is said with its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

_PLACES = 8
"""So many statements may be wrong; with more, the file is no Python source."""


class Mended(NamedTuple):
    """What could be read, and the lines that were left out with the parser's words."""

    tree: ast.Module
    left_out: list[tuple[int, str]]


def mended(text: str, error: SyntaxError, parse: Callable[[str], ast.Module]) -> Mended | None:
    """The tree without the statements that are wrong; None where leaving out lines doesn't help, or leaves nothing."""
    lines = text.splitlines(keepends=True)
    left_out: list[tuple[int, str]] = []
    gone: set[int] = set()
    while len(left_out) < _PLACES:
        number = error.lineno or 0
        if isinstance(error, IndentationError) or not 0 < number <= len(lines) or number in gone:
            return None
        left_out.append((number, f"syntax error: {error.msg}; this statement was left out"))
        gone |= _leave_out(lines, number)
        try:
            tree = parse("".join(lines))
        except SyntaxError as next_error:
            error = next_error
            continue
        except (ValueError, RecursionError, MemoryError):
            return None
        telling = any(not isinstance(node, ast.Pass) for node in tree.body)
        return Mended(tree, sorted(left_out)) if telling else None
    return None


def _leave_out(lines: list[str], number: int) -> set[int]:
    """Put `pass` in the place of a line, and nothing in the place of what is indented below it."""
    line = lines[number - 1]
    indent = line[: len(line) - len(line.lstrip())]
    lines[number - 1] = f"{indent}pass\n"
    gone = {number}
    for below in range(number, len(lines)):
        inner = lines[below]
        if inner.strip() and not (inner.startswith((f"{indent} ", f"{indent}\t"))):
            break
        lines[below] = "\n"
        gone.add(below + 1)
    return gone
