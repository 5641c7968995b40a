"""Syntax newer than the interpreter, read through libcst and rewritten line for line to syntax that its `ast` takes.

- `except A, B:` (PEP 758) gets its parentheses back;
- type parameters (PEP 695, 696) are left out, a class's become a base, `Generic[T]`; `type X = Y` becomes `X = Y`;
- f-strings (PEP 701) and t-strings (PEP 750) become subscripts of a mark, `mark["text", mark((value), …)]`, since an
  older interpreter allows neither their quotes nor their backslashes; `Rewritten.restored` makes them f-strings again.

libcst is imported by this module alone, and this module only when `ast` refuses a file. What libcst takes and no Python
does is refused by `ast` after the rewriting, so nothing is accepted that is wrong.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import libcst as cst

from discover.facts.concrete import Places, places_of
from discover.facts.rewriting import Rewritten

Formatted = cst.FormattedString | cst.TemplatedString
Piece = Formatted | cst.SimpleString
Text = cst.FormattedStringText | cst.TemplatedStringText
Field = cst.FormattedStringExpression | cst.TemplatedStringExpression
Part = cst.BaseFormattedStringContent | cst.BaseTemplatedStringContent
Edit = tuple[int, int, bytes | list[Piece]]
"""Replace the original from one offset to another by a text, or by strings that stand side by side."""

EDITED = frozenset(
    {
        cst.ClassDef,
        cst.ConcatenatedString,
        cst.ExceptHandler,
        cst.ExceptStarHandler,
        cst.FormattedString,
        cst.TemplatedString,
        cst.TypeAlias,
        cst.TypeParameters,
    }
)
"""What there may be something to replace in; one look tells that there is not in most nodes."""
KINDS = EDITED | {
    cst.AssignEqual,
    cst.FormattedStringExpression,
    cst.FormattedStringText,
    cst.Name,
    cst.ParenthesizedWhitespace,
    cst.SimpleString,
    cst.SimpleWhitespace,
    cst.TemplatedStringExpression,
    cst.TemplatedStringText,
    cst.Tuple,
}
COMMENT = re.compile(r"#[^\n]*")
SPACE = re.compile(rb"(?:\s|\\\n)*\(")
ESCAPE_OR_QUOTE = re.compile(r"(\\.)|[\"']", re.DOTALL)


def rewritten(text: str) -> Rewritten | None:
    """The source in older syntax, or None where libcst can't read it either."""
    source = text.encode()
    places = places_of(text, source, KINDS)
    if places is None:
        return None
    mark = b"__f_string__"
    while mark in source:
        mark += b"_"
    writer = _Writer(source, places, Rewritten(source, mark))
    writer.write(0, len(source))
    return writer.target


def _edits(source: bytes, places: Places) -> Iterator[Edit]:
    """What is to be replaced; strings that are a part of others among it are left out."""
    written: set[cst.CSTNode] = set()
    for node in places.outer_first():
        if type(node) not in EDITED:
            continue
        start, end = places[node]
        if isinstance(node, cst.ClassDef) and node.type_parameters is not None:
            written.add(node.type_parameters)
            yield from _generic(source, node.type_parameters, places[node.type_parameters])
        elif isinstance(node, cst.TypeParameters) and node not in written:
            yield start, end, _continued(source[start:end])
        elif isinstance(node, cst.TypeAlias):
            name = places[node.name]
            yield start, name[0], b""
            yield name[1], name[1], _continued(source[start : name[0]])
        elif isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler):
            if isinstance(node.type, cst.Tuple) and not node.type.lpar:
                start, end = places[node.type]
                yield start, start, b"("
                yield end, end, b")"
        elif isinstance(node, cst.ConcatenatedString | Formatted) and node not in written:
            pieces = _pieces(node, written)
            if any(isinstance(piece, Formatted) for piece in pieces):
                yield start, end, pieces


def _generic(source: bytes, parameters: cst.TypeParameters, place: tuple[int, int]) -> Iterator[Edit]:
    """The type parameters of a class as its first base."""
    start, end = place
    lost = _continued(source[start:end])
    base = f"Generic[{', '.join(one.param.name.value for one in parameters.params)}]".encode()
    bases = SPACE.match(source, end)
    if bases is None:
        yield start, end, b"(" + base + b")" + lost
        return
    yield start, end, lost
    yield bases.end(), bases.end(), base + b", "


def _pieces(node: cst.BaseExpression, written: set[cst.CSTNode]) -> list[Piece]:
    """The strings that stand side by side in a concatenation."""
    pieces: list[Piece] = []
    while isinstance(node, cst.ConcatenatedString):
        written.update((node.left, node.right))
        pieces.append(node.left)
        node = node.right
    return [*pieces, node] if isinstance(node, Piece) else pieces


def _continued(lost: bytes) -> bytes:
    """The line ends of a text that is left out, inside one logical line."""
    return b"\\\n" * lost.count(b"\n")


class _Writer:
    """Writes a source with its edits, from its start to its end."""

    def __init__(self, source: bytes, places: Places, target: Rewritten) -> None:
        self.target = target
        self._source = source
        self._places = places
        # What is put in comes before what begins there, and what is outside before what is in it.
        edits = sorted(_edits(source, places), key=lambda edit: (edit[0], edit[1] > edit[0], -edit[1]))
        self._edits = edits
        self._next = 0

    def write(self, start: int, end: int) -> None:
        """Append the original between two offsets, with its edits."""
        while self._next < len(self._edits) and self._edits[self._next][0] < end:
            edit_start, edit_end, replacement = self._edits[self._next]
            self._next += 1
            if edit_start < start:
                continue  # It is in what was left out.
            self.target.copy(start, edit_start)
            if isinstance(replacement, bytes):
                self.target.add(replacement, edit_start)
            else:
                self._write_strings(replacement)
            start = edit_end
        self.target.copy(start, end)

    def _write_strings(self, pieces: list[Piece]) -> None:
        """Append strings side by side as one marked subscript."""
        target = self.target
        start = end = self._places[pieces[0]][0]
        target.mark(start)
        target.add(b"[", start)
        for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
            start, end = self._places[piece]
            if isinstance(piece, cst.SimpleString):
                target.copy(start, end)
                target.add(b",", end)
            else:
                self._write_parts(piece.parts, piece.end, is_raw="r" in piece.prefix)
            if following is not None:
                target.copy(end, self._places[following][0])
        target.add(b"'',]", end)

    def _write_parts(self, parts: Sequence[Part], quote: str, *, is_raw: bool, is_spec: bool = False) -> None:
        for part in parts:
            start, end = self._places[part]
            if isinstance(part, Text):
                value = _value(part.value, quote, is_raw=is_raw, is_spec=is_spec)
                self._write_text(value, start, self.target.newlines(start, end))
            elif isinstance(part, Field):
                self._write_field(part, quote, is_raw=is_raw)

    def _write_text(self, value: str, at: int, newlines: int = 0) -> None:
        if value or newlines:
            self.target.add(ascii(value).encode() + b"\n" * newlines + b",", at)

    def _write_field(self, field: Field, quote: str, *, is_raw: bool) -> None:
        """Append `mark((value), conversion, spec)`, the text that a field shows before it."""
        target, places = self.target, self._places
        start, end = places[field][0] + 1, places[field.whitespace_after_expression][1]
        conversion = field.conversion or ""
        if field.equal is not None:
            after, end = end, places[field.equal.whitespace_before][1]
            shown = self._source[start:end].decode() + COMMENT.sub("", self._source[end:after].decode())
            self._write_text(shown, start)
            conversion = conversion or ("r" if field.format_spec is None else "")
        target.mark(start)
        target.add(b"((", start)
        self.write(start, end)
        target.add(b")," + repr(conversion).encode() + b",", end)
        after = places[field][1] - 1
        if field.format_spec is not None:
            after = places[field.format_spec[0]][0] - 1 if field.format_spec else after
            target.mark(end)
            target.add(b"[", end)
            self._write_parts(field.format_spec, quote, is_raw=is_raw, is_spec=True)
            target.add(b"'',]", end)
        target.add(b")" + b"\n" * target.newlines(end, after) + b",", end)


def _value(written: str, quote: str, *, is_raw: bool, is_spec: bool) -> str:
    """The literal text of an f-string, decoded."""
    if not is_spec:
        written = written.replace("{{", "{").replace("}}", "}")
    if is_raw or "\\" not in written:
        return written
    if (len(written) - len(written.rstrip("\\"))) % 2:  # Before a brace, a backslash stands for itself.
        written += "\\"
    if len(quote) == 3:
        written = ESCAPE_OR_QUOTE.sub(lambda found: found[1] or "\\" + found[0], written)
    try:
        return str(ast.literal_eval(quote + written + quote))
    except (SyntaxError, ValueError):
        return written
