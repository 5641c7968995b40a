"""String literals: double quotes where these cost no escapes, and neighbours that are one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LITERAL = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>\"\"\"|'''|\"|')(?P<body>.*)(?P=quote)", re.DOTALL)
SINGLE, DOUBLE = "'", '"'
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def normal(text: str) -> str:
    """The literal as a formatter writes it."""
    match = _LITERAL.fullmatch(text)
    if match is None:
        return text
    prefix = "".join(letter if letter == "R" else letter.lower() for letter in match["prefix"] if letter not in "uU")
    quote, body = match["quote"], match["body"]
    if quote == "'" and "f" in prefix and _only_in_fields(body):
        return f'{prefix}"{body.replace(DOUBLE, SINGLE)}"'
    if quote == "'" and _may_be_double(prefix, body):
        return f'{prefix}"{_unescaped(body)}"'
    if quote == DOUBLE and not prefix and SINGLE not in body and f"\\{DOUBLE}" in body:
        return f"'{_ESCAPED.sub(lambda one: DOUBLE if one[1] == DOUBLE else one[0], body)}'"
    return f"{prefix}{quote}{body}{quote}"


def _only_in_fields(body: str) -> bool:
    """Whether double quotes stand in the fields of a string alone, which can take single ones instead."""
    if SINGLE in body or "\\" in body or DOUBLE not in body:
        return False
    depth = 0
    for letter in body.replace("{{", "  ").replace("}}", "  "):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == DOUBLE and not depth:
            return False
    return depth == 0


def _may_be_double(prefix: str, body: str) -> bool:
    if '"' in body:
        return False
    return "'" not in body if "r" in prefix.lower() or "f" in prefix else True


def _unescaped(body: str) -> str:
    return _ESCAPED.sub(lambda match: "'" if match[1] == "'" else match[0], body)


def joined(texts: Sequence[str]) -> str | None:
    """Neighbouring literals as one; None where that would need another form of one of them."""
    parts = [_LITERAL.fullmatch(text) for text in texts]
    prefixes = {part["prefix"] if part else "" for part in parts}
    if any(part is None or part["quote"] != '"' for part in parts) or not prefixes <= {"", "f"}:
        return None
    bodies = [part["body"] for part in parts if part]
    if "f" in prefixes:
        bodies = [
            body if part and part["prefix"] else body.replace("{", "{{").replace("}", "}}")
            for part, body in zip(parts, bodies, strict=True)
        ]
    return f'{"f" if "f" in prefixes else ""}"{"".join(bodies)}"'
