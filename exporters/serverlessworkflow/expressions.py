"""Runtime expressions: jq in `${ … }`, with names and strings of analysed code quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from exporters.worker.errors import parted

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset(
    [
        "and",
        "as",
        "catch",
        "def",
        "elif",
        "else",
        "end",
        "foreach",
        "if",
        "import",
        "include",
        "label",
        "module",
        "not",
        "or",
        "reduce",
        "then",
        "try",
        "__loc__",
    ]
)


def embedded(expression: str) -> str:
    """The expression as a field's value."""
    return "${ " + expression + " }"


def plain(told: str) -> str:
    """Text of analysed code as a title or a comment: nothing in it begins an expression."""
    return told.replace("${", "$ {")


def text(value: str) -> str:
    """A string literal: jq reads JSON's escapes."""
    return json.dumps(value)


def key(name: str) -> str:
    """One step of a path."""
    return f".{name}" if _PLAIN.fullmatch(name) and name not in _KEYWORDS else f"[{text(name)}]"


def field(name: str) -> str:
    """The name of a field in an object that is made."""
    return name if _PLAIN.fullmatch(name) and name not in _KEYWORDS else text(name)


def variable(name: str) -> str:
    """A variable of the run."""
    return f"$context.vars{key(name)}"


def chosen(source: str, names: Mapping[str, str], sure: Iterable[str]) -> str:
    """An object with fields of another under new names; those that are not surely there only if they are."""
    kept = set(sure)
    plain = ", ".join(f"{field(into)}: {source}{key(name)}" for into, name in names.items() if name in kept)
    parts = [f"{{{plain}}}"] if plain else []
    for into, name in names.items():
        if name not in kept:
            parts.append(f"({source} | if has({text(name)}) then {{{field(into)}: {_own(name)}}} else {{}} end)")
    return " + ".join(parts) or "{}"


def _own(name: str) -> str:
    return key(name) if key(name).startswith(".") else f".{key(name)}"


def fits(error: str, names: Iterable[str]) -> str:
    """Whether an error is of one of these classes, or of one below; no names: any `Exception`."""
    types = f"{ending(error)}.error.types[]"
    split = [parted(name) for name in names]
    alone = [name for name, left_out in split if not left_out]
    found = [f"any({types}; {' or '.join(map(_named, alone))})"] if alone else []
    for name, left_out in split:
        if left_out:
            others = " or ".join(map(_named, left_out))
            found.append(f"(any({types}; {_named(name)}) and (any({types}; {others}) | not))")
    return " or ".join(found) or f"any({types}; . == {text('builtins.Exception')})"


def ending(error: str) -> str:
    """Why the flow was left, as the workers have told it."""
    return f"(${error}.detail | fromjson)"


def _named(name: str) -> str:
    """Whether a class that an error is of has this name: what `exporters.worker.errors` holds for it, said in jq."""
    plain = f"ltrimstr({text('builtins.')})"
    if "." not in name:
        return f'({plain} | split(".")[-1]) == {text(name)}'
    *before, last = name.split(".")
    ends = f".[-1] == {text(last)} and .[0] == {text(before[0])}"
    if before[-1][:1].isupper():
        ends += f" and .[-2] == {text(before[-1])}"
    alike = f'({plain} | split(".") | {ends})'
    return f". == {text(name)} or {plain} == {text(name)} or {alike}"
