"""Lines of the keys in a TOML text, which tomllib does not tell."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\[?\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?P<key>[A-Za-z0-9_.\-\"' ]+?)\s*=")
_LONGEST = 1_000
_MULTILINE = ('"""', "'''")


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Each table's and key's first line, by path; items of arrays of tables count from 0: `("services", "0")`."""
    lines: dict[tuple[str, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        line = line[:_LONGEST]
        header = _TABLE.match(line)
        if header:
            table = _path(header["name"])
            if line.lstrip().startswith("[["):
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, str(index))
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((*table, *_path(key["key"])), number)
        closing = next((mark for mark in _MULTILINE if line.count(mark) % 2), "")
    return lines


def _path(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))
