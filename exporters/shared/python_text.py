"""Python source as text, in the form that ruff's formatter leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LINE_LENGTH = 120


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


def docstring(text: str) -> str:
    """A one-paragraph docstring that no text can end early."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ").strip()
    printable = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in safe)
    return f'"""{printable}"""'


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
    return [line for _, _, line in sorted(lines)]


def _isort_key(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
