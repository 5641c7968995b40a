"""Source text on one line: the words of conditions, values and patterns, and the first paragraph of docstrings."""

from __future__ import annotations

import re
from typing import Protocol

from discover.facts.reading import Reading

TEXT_LIMIT = 160
"""Longest text of a condition or value, its `…` included."""
DOC_LIMIT = 500
"""Longest docstring paragraph, its `…` included."""

STRING_OR_COMMENT = re.compile(
    r"(?P<string>\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\\\n\"]|\\.)*\"|'(?:[^\\\n']|\\.)*')"
    r"|(?P<comment>#[^\n]*)|\\\n",
    re.DOTALL,
)


class Spanned(Protocol):
    """A node that knows its place, columns counted in bytes of UTF-8."""

    @property
    def lineno(self) -> int: ...
    @property
    def col_offset(self) -> int: ...
    @property
    def end_lineno(self) -> int | None: ...
    @property
    def end_col_offset(self) -> int | None: ...


def source_text(node: Spanned, reading: Reading) -> str:
    """The source of a node on one line, without comments, shortened."""
    first, last = node.lineno, node.end_lineno or node.lineno
    if first == last:
        text = reading.lines[first - 1][node.col_offset : node.end_col_offset].decode("utf-8", "replace")
        if len(text) <= TEXT_LIMIT and "  " not in text and "\t" not in text:
            return text
    else:
        text = _lines_of(node, first, last, reading)
    return shortened(" ".join(text.split()), TEXT_LIMIT)


def _lines_of(node: Spanned, first: int, last: int, reading: Reading) -> str:
    """The source of a node over several lines, not more of them than the limit can show."""
    lines = reading.lines[first - 1 : min(last, first + TEXT_LIMIT)]
    if last == first - 1 + len(lines):
        lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    text = b"\n".join(lines).decode("utf-8", "replace")
    if "#" in text or "\\\n" in text:
        text = STRING_OR_COMMENT.sub(lambda match: match["string"] or " ", text)
    return text


def shortened(text: str, limit: int) -> str:
    """The text, cut to the limit with `…` at its end where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def first_paragraph(docstring: str) -> str:
    """A docstring's first paragraph on one line, shortened."""
    words: list[str] = []
    for line in docstring.strip().splitlines():
        found = line.split()
        if not found:
            break
        words += found
    return shortened(" ".join(words).encode("utf-8", "replace").decode(), DOC_LIMIT)
