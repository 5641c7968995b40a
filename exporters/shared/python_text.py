"""Python source as text, in the form that ruff's formatter leaves alone."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping

LINE_LENGTH = 120
_QUOTES = '"""'
_WIDE = 0x10000


def width(text: str) -> int:
    """The columns that a text takes where every letter is as wide as it is drawn."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as linters sort imports: `case_9` stands before `case_10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name) if part]


def quote(text: str) -> str:
    """A string literal: double quotes unless single ones spare escapes; nothing in it can end the literal."""
    written = repr(text)
    if written[0] == '"' or text.count('"') > text.count("'"):
        return written
    return '"' + written[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def literal(value: object) -> str:
    """Source of a string, number, boolean, None, or of tuples, lists and dicts of these, on one line."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def call(name: str, arguments: Mapping[str, str], indent: int = 0) -> str:
    """A call with each keyword argument (already source) on a line of its own."""
    pad = " " * 4 * indent
    lines = [f"{pad}    {key}={value}," for key, value in arguments.items()]
    return "\n".join([f"{name}(", *lines, f"{pad})"])


def docstring(text: str, indent: int = 0) -> str:
    """A one-paragraph docstring that no text can end early; on several lines, indented so often, when it is long."""
    safe = " ".join(text.replace("\\", "\\\\").replace(_QUOTES, '\\"\\"\\"').split())
    if safe.endswith('"'):
        safe = f'{safe[:-1]}\\"'
    printable = "".join(c if c.isprintable() else _escaped(c) for c in safe)
    pad = " " * 4 * indent
    if width(pad + printable) + 2 * len(_QUOTES) <= LINE_LENGTH:
        return f"{_QUOTES}{printable}{_QUOTES}"
    room = LINE_LENGTH - len(pad) - 2 * len(_QUOTES)
    lines = textwrap.wrap(printable, room, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return f"{_QUOTES}{printable}{_QUOTES}"
    return "\n".join([f"{_QUOTES}{lines[0]}", *(pad + line for line in lines[1:]), f"{pad}{_QUOTES}"])


def _escaped(letter: str) -> str:
    """A letter that nobody sees, by its number."""
    return f"\\u{ord(letter):04x}" if ord(letter) < _WIDE else f"\\U{ord(letter):08x}"


def imports(names: Iterable[tuple[str, str, str]]) -> list[str]:
    """Import lines for (module, name, alias), sorted and joined as ruff does it: one line for each alias."""
    plain: dict[str, list[str]] = {}
    lines: list[tuple[str, str, str]] = []
    for module, name, alias in sorted(set(names)):
        if alias == name:
            plain.setdefault(module, []).append(name)
        else:
            lines.append((module, name, f"from {module} import {name} as {alias}"))
    lines += [(module, found[0], _import(module, sorted(found, key=_isort_key))) for module, found in plain.items()]
    return [line for _, _, line in sorted(lines, key=lambda each: (natural(each[0]), natural(each[1])))]


def _isort_key(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Constants first, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, natural(name))


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
