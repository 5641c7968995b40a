"""Syntax newer than the interpreter, rewritten line for line to syntax that its `ast` takes.

- `except A, B:` (PEP 758) gets its parentheses back;
- type parameters (PEP 695, 696) are left out, `type X = Y` becomes `X = Y`;
- f-strings (PEP 701) and t-strings (PEP 750) become subscripts of a mark, `mark["text", mark((value), …)]`, since an
  older interpreter allows neither their quotes nor their backslashes; `Rewritten.restored` makes them f-strings again.

A file that is refused for another reason is refused again after the rewriting, so nothing is accepted that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from discover.facts.rewriting import Rewritten
from discover.facts.tokens import CLOSING, OPENING, Field, Lexer, LexError, Text, Token

Edit = tuple[int, int, bytes | list[Token]]
"""Replace the original from one offset to another by a text, or by strings that stand side by side."""


def rewritten(text: str) -> Rewritten | None:
    """The source in older syntax, or None where it can't even be split into tokens."""
    source = text.encode()
    try:
        tokens = Lexer(source).tokens()
        edits = _statement_edits(tokens, source)
    except (LexError, IndexError):
        return None
    mark = b"__f_string__"
    while mark in source:
        mark += b"_"
    target = Rewritten(source, mark)
    removed = [(start, end) for start, end, _ in edits if end > start]
    strings = [edit for edit in _string_edits(tokens) if not any(start <= edit[0] < end for start, end in removed)]
    _write(target, sorted([*edits, *strings], key=lambda edit: edit[:2]), 0, len(source))
    return target


# --- statements


def _statement_edits(tokens: list[Token], source: bytes) -> list[Edit]:
    """What changes in `except`, `def`, `class` and `type` statements."""
    edits: list[Edit] = []
    depth = 0
    starts_statement = True
    for index, token in enumerate(tokens):
        if token.kind == "word" and starts_statement and token.text == b"async":
            continue
        if token.kind == "word" and starts_statement:
            edits += _edits_at(tokens, index, source)
        depth += (token.text in OPENING) - (token.text in CLOSING)
        starts_statement = token.kind == "newline" or (depth == 0 and token.text in (b";", b":"))
    return edits


def _edits_at(tokens: list[Token], index: int, source: bytes) -> list[Edit]:
    """The edits of the statement that begins at a token."""
    keyword = tokens[index].text
    if keyword == b"except":
        return _parenthesised(tokens, index + 1)
    if keyword in (b"def", b"class") and tokens[index + 2].text == b"[":
        return [_without_brackets(tokens, index + 2, source)]
    if keyword == b"type" and tokens[index + 1].kind == "word" and tokens[index + 2].text in (b"=", b"["):
        name = tokens[index + 1]
        lost = source[tokens[index].start : name.start]
        edits: list[Edit] = [(tokens[index].start, name.start, b""), (name.end, name.end, _continued(lost))]
        return edits if tokens[index + 2].text == b"=" else [*edits, _without_brackets(tokens, index + 2, source)]
    return []


def _parenthesised(tokens: list[Token], index: int) -> list[Edit]:
    """Parentheses around the types of an `except` that has several and none."""
    if tokens[index].text == b"*":
        index += 1
    first = last = tokens[index]
    depth, has_comma = 0, False
    for token in tokens[index:]:
        if depth == 0 and (token.kind == "newline" or token.text in (b":", b"as")):
            break
        has_comma = has_comma or (depth == 0 and token.text == b",")
        depth += (token.text in OPENING) - (token.text in CLOSING)
        last = token
    return [(first.start, first.start, b"("), (last.end, last.end, b")")] if has_comma else []


def _without_brackets(tokens: list[Token], index: int, source: bytes) -> Edit:
    """Leave out what is in the brackets that open at a token."""
    depth = 0
    for token in tokens[index:]:
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0:
            return tokens[index].start, token.end, _continued(source[tokens[index].start : token.end])
    raise LexError("unmatched bracket")


def _continued(lost: bytes) -> bytes:
    """The line ends of a text that is left out, inside one logical line."""
    return b"\\\n" * lost.count(b"\n")


# --- strings


def _string_edits(tokens: Sequence[Token]) -> list[Edit]:
    """The runs of strings side by side that have an f-string among them."""
    edits: list[Edit] = []
    for is_string, group in groupby(tokens, key=lambda token: token.kind in ("string", "format")):
        run = list(group)
        if is_string and any(token.kind == "format" for token in run):
            edits.append((run[0].start, run[-1].end, run))
    return edits


def _write(target: Rewritten, edits: Sequence[Edit], start: int, end: int) -> None:
    """Append the original between two offsets, with its edits."""
    for edit_start, edit_end, replacement in edits:
        target.copy(start, edit_start)
        if isinstance(replacement, bytes):
            target.add(replacement, edit_start)
        else:
            _write_strings(target, replacement)
        start = edit_end
    target.copy(start, end)


def _write_strings(target: Rewritten, run: list[Token]) -> None:
    """Append strings side by side as one marked subscript."""
    target.mark(run[0].start)
    target.add(b"[", run[0].start)
    for token, following in pairwise([*run, None]):
        assert token is not None
        if token.kind == "string":
            target.copy(token.start, token.end)
            target.add(b",", token.end)
        else:
            _write_parts(target, token.parts)
        if following is not None:
            target.copy(token.end, following.start)
    target.add(b"'',]", run[-1].end)


def _write_parts(target: Rewritten, parts: list[Text | Field]) -> None:
    for part in parts:
        if isinstance(part, Text):
            _write_text(target, part.value, part.start, target.newlines(part.start, part.end))
        else:
            _write_field(target, part)


def _write_text(target: Rewritten, value: str, at: int, newlines: int = 0) -> None:
    if value or newlines:
        target.add(ascii(value).encode() + b"\n" * newlines + b",", at)


def _write_field(target: Rewritten, field: Field) -> None:
    """Append `mark((value), conversion, spec)`, the text that a field shows before it."""
    conversion = field.conversion
    if field.shown:
        _write_text(target, field.shown, field.start)
        conversion = conversion or ("" if field.spec is not None else "r")
    target.mark(field.start)
    target.add(b"((", field.start)
    _write(target, _string_edits(field.tokens), field.start, field.end)
    target.add(b")," + repr(conversion).encode() + b",", field.end)
    if field.spec is not None:
        target.mark(field.end)
        target.add(b"[", field.end)
        _write_parts(target, field.spec)
        target.add(b"'',]", field.end)
    target.add(b")" + b"\n" * target.newlines(field.end, field.after) + b",", field.end)
