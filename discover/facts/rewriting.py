"""A rewritten source, and the way back from its syntax tree to that of the original."""

from __future__ import annotations

import ast
from bisect import bisect_right
from typing import cast

CONVERSIONS = {"": -1, "a": ord("a"), "r": ord("r"), "s": ord("s")}


class Rewritten:
    """A source in older syntax, and the way back from its columns to those of the original."""

    def __init__(self, source: bytes, mark: bytes) -> None:
        self._source = source
        self._mark = mark
        self._name = mark.decode()
        self._pieces: list[bytes] = []
        self._length = 0
        self._ours: list[int] = []
        self._theirs: list[int] = []
        self._copied: list[int] = []

    @property
    def text(self) -> str:
        """The rewritten source."""
        return b"".join(self._pieces).decode()

    def newlines(self, start: int, end: int) -> int:
        """How many lines end in a piece of the original."""
        return self._source.count(b"\n", start, end)

    def mark(self, at: int) -> None:
        """Append the mark, apart from a word before it."""
        before = self._pieces[-1][-1:] if self._pieces else b""
        self.add(b" " + self._mark if before.isalnum() or before == b"_" else self._mark, at)

    def copy(self, start: int, end: int) -> None:
        """Append a piece of the original as it stands."""
        self._append(self._source[start:end], start, end - start)

    def add(self, text: bytes, at: int) -> None:
        """Append text of our own, which stands for the original from the offset on."""
        self._append(text, at, 0)

    def _append(self, text: bytes, at: int, copied: int) -> None:
        if text:
            self._pieces.append(text)
            self._ours.append(self._length)
            self._theirs.append(at)
            self._copied.append(copied)
            self._length += len(text)

    def restored(self, tree: ast.Module) -> ast.Module:
        """The tree of the rewritten source with its f-strings, and the columns of the original."""
        starts = _line_starts(b"".join(self._pieces))
        originals = _line_starts(self._source)
        stack: list[ast.AST] = [tree]
        while stack:
            node = stack.pop()
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    for index, item in enumerate(cast("list[object]", value)):
                        if isinstance(item, ast.AST):
                            restored = value[index] = self._restored_node(item)
                            stack.append(restored)
                elif isinstance(value, ast.AST):
                    restored = self._restored_node(value)
                    setattr(node, name, restored)
                    stack.append(restored)
            self._relocate(node, starts, originals)
        return tree

    def _restored_node(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.Subscript(value=ast.Name(id=mark), slice=ast.Tuple(elts=items)) if mark == self._name:
                return ast.copy_location(ast.JoinedStr(self._parts(items)), node)
            case ast.Call(func=ast.Name(id=mark), args=[value, ast.Constant(conversion), *spec]) if mark == self._name:
                code = CONVERSIONS.get(str(conversion), ord("r"))
                return ast.copy_location(ast.FormattedValue(value, code, spec[0] if spec else None), node)
            case _:
                return node

    def _parts(self, items: list[ast.expr]) -> list[ast.expr]:
        """The elements of a marked subscript as the parts of an f-string, texts side by side as one."""
        parts: list[ast.expr] = []
        for item in items:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                last = parts[-1] if parts else None
                if isinstance(last, ast.Constant) and isinstance(last.value, str):
                    last.value += item.value
                elif item.value:
                    parts.append(item)
            else:
                parts.append(item)
        return parts

    def _relocate(self, node: ast.AST, starts: list[int], originals: list[int]) -> None:
        if isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.pattern | ast.arg | ast.keyword):
            line, column = self._original(starts[node.lineno - 1] + node.col_offset, originals)
            node.lineno, node.col_offset = line, column
            if node.end_lineno is not None and node.end_col_offset is not None:
                end = starts[node.end_lineno - 1] + node.end_col_offset
                node.end_lineno, node.end_col_offset = self._original(end, originals)

    def _original(self, offset: int, originals: list[int]) -> tuple[int, int]:
        piece = bisect_right(self._ours, offset) - 1
        if piece < 0:
            return 1, offset
        place = self._theirs[piece] + min(offset - self._ours[piece], self._copied[piece])
        line = bisect_right(originals, place)
        return line, place - originals[line - 1]


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
