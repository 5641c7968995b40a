"""Python source as text, in the form that ruff's formatter leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


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


def imports(modules: Iterable[tuple[str, str, str]]) -> list[str]:
    """`from module import name as alias` lines, sorted as ruff sorts them."""
    lines: list[str] = []
    for module, name, alias in sorted(set(modules)):
        lines.append(f"from {module} import {name}" + (f" as {alias}" if alias != name else ""))
    return lines
