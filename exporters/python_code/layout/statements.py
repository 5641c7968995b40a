"""Goes over a module's statements, and lays out each of them."""

from __future__ import annotations

import ast
import io
import re
import token
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from exporters.python_code.layout.blanks import Place, Spacing
from exporters.python_code.layout.leaves import Leaf, UnsureError, leaves_of, space_out, with_joined
from exporters.python_code.layout.parentheses import with_optional
from exporters.python_code.layout.priorities import prioritise
from exporters.python_code.layout.splitting import Line, lines_of
from exporters.python_code.layout.strings import normal
from exporters.shared.python_text import LINE_LENGTH, width

_PAD = "    "
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_HEADERS = frozenset(
    {"async", "class", "def", "elif", "else", "except", "finally", "for", "if", "try", "while", "with"}
)
_PRAGMA = re.compile(r"\s*#\s?(?:noqa|type:|pyright:|pylint:|flake8:|ruff:)")
"""Comments for tools, whose length is not counted."""


@dataclass(slots=True)
class _Statement:
    """A logical line: its tokens, and where it stands."""

    tokens: list[tokenize.TokenInfo] = field(default_factory=list[tokenize.TokenInfo])
    indent: int = 0

    @property
    def rows(self) -> tuple[int, int]:
        return self.tokens[0].start[0], self.tokens[-1].end[0]


def laid_out(text: str) -> str:
    """The module's text with each statement on as many lines as it needs."""
    lines = text.split("\n")
    made: list[str] = []
    row, spacing = 1, Spacing()
    for statement in _statements(text):
        first, last = statement.rows
        made += spacing.gap(lines[row - 1 : first - 1], Place(statement.indent, _word(statement.tokens)))
        written = lines[first - 1 : last]
        made += _laid(statement, written)
        row = last + 1
    made += lines[row - 1 :]
    result = "\n".join(made)
    return result if _is_same(text, result) else text


def _word(tokens: Sequence[tokenize.TokenInfo]) -> str:
    return " ".join(one.string for one in tokens[:2]) if tokens[0].string == "async" else tokens[0].string


def _is_same(before: str, after: str) -> bool:
    try:
        return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except SyntaxError:
        return False


def _statements(text: str) -> Iterator[_Statement]:
    indent = 0
    current = _Statement()
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        if one.type == token.INDENT:
            indent += 1
        elif one.type == token.DEDENT:
            indent -= 1
        elif one.type == token.NEWLINE:
            if current.tokens:
                yield current
            current = _Statement()
        elif one.type in {token.NL, token.ENDMARKER} or (one.type == token.COMMENT and not current.tokens):
            continue
        else:
            if not current.tokens:
                current.indent = indent
            current.tokens.append(one)


def _laid(statement: _Statement, written: Sequence[str]) -> list[str]:
    """The statement's lines; as they are where it holds comments inside, or text of several lines."""
    *tokens, last = statement.tokens
    comment = f"  {last.string}" if last.type == token.COMMENT else ""
    if "fmt: skip" in comment or any("\n" in one.string for one in tokens):
        return list(written)
    if any(one.type == token.COMMENT for one in tokens) or (comment and not tokens):
        return _with_quotes(statement, written)
    try:
        parts = [
            _lines(part, comment)
            for part in _parts(replace(statement, tokens=statement.tokens[: -1 if comment else None]))
        ]
    except UnsureError:
        return list(written)
    made = [line for part in parts for line in part]
    made[-1] += comment
    return made


def _parts(statement: _Statement) -> list[_Statement]:
    """What stands on one line with a `;` or behind the `:` of a header, as statements of their own."""
    made = [_Statement(indent=statement.indent)]
    depth = lambdas = 0
    is_header = statement.tokens[0].string in _HEADERS
    for one in statement.tokens:
        depth += (one.string in _OPENS) - (one.string in _CLOSES)
        lambdas += one.string == "lambda"
        if one.string == ";" and not depth:
            made.append(_Statement(indent=made[-1].indent))
            continue
        made[-1].tokens.append(one)
        if one.string == ":" and not depth:
            if is_header and not lambdas:
                made.append(_Statement(indent=statement.indent + 1))
                is_header = False
            lambdas = max(lambdas - 1, 0)
    return [part for part in made if part.tokens]


def _with_quotes(statement: _Statement, written: Sequence[str]) -> list[str]:
    """The lines as they are, but for the quotes of their strings."""
    lines, first = list(written), statement.tokens[0].start[0]
    for one in reversed(statement.tokens):
        row = one.start[0] - first
        if one.type == token.STRING and one.start[0] == one.end[0]:
            lines[row] = lines[row][: one.start[1]] + normal(one.string) + lines[row][one.end[1] :]
    return lines


def _lines(statement: _Statement, comment: str) -> list[str]:
    made = _split(with_joined(leaves_of(statement.tokens)), statement.indent)
    if not all(line.fits for line in made):
        made = _split(leaves_of(statement.tokens), statement.indent)
    texts = [_PAD * each.indent + each.text for each in made if each.text]
    if (
        len(texts) == 1
        and width(texts[0] + comment) > LINE_LENGTH
        and comment
        and not _PRAGMA.match(comment)
        and texts[0].endswith((")", "]", "}"))
    ):
        made = _split(leaves_of(statement.tokens), statement.indent, must_split=True)
        texts = [_PAD * each.indent + each.text for each in made if each.text]
    return texts


def _split(found: list[Leaf], indent: int, *, must_split: bool = False) -> list[Line]:
    found = with_optional(found)
    space_out(found)
    prioritise(found)
    words = [leaf.text for leaf in found[:2]]
    line = Line(
        found,
        indent,
        must_split=must_split,
        is_definition="def" in words,
        is_import=words[0] == "from",
    )
    return [replace(each, leaves=with_joined(each.leaves)) if each.fits else each for each in lines_of(line)]
