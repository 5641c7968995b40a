"""How deeply a source nests, told without a parser: libcst takes time and stack for each level, without limit."""

from __future__ import annotations

import re

DEEPEST = 100
"""Brackets in brackets; Python itself stops at 200."""
DEEPEST_PATTERN = 8
"""Brackets in brackets of a `case`, for each of which libcst takes four times as long."""
LONGEST = 1000
"""Operators, calls and the like around one another."""
MOST_BRANCHES = 500
"""`elif` in a file: each stands in the one before."""

TOKEN = re.compile(
    rb"(?P<skip>#[^\n]*|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    rb"|\"(?:[^\\\n\"]|\\.)*\"|'(?:[^\\\n']|\\.)*')"
    rb"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<body>:)|(?P<line>[\n;][ \t]*(?:case\b)?)"
    rb"|(?P<level>[-+*/%@&|^~<>.]|\b(?:and|await|else|if|in|is|lambda|not|or)\b)",
    re.DOTALL,
)


def is_too_deep(source: bytes) -> bool:
    """Whether a source is nested more deeply than code that anyone wrote."""
    if source.count(b"elif") > MOST_BRANCHES:
        return True
    levels, deepest = 0, DEEPEST
    opened: list[int] = []
    for token in TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "open":
            opened.append(levels)
            levels += 1
        elif kind == "close":
            levels = (opened.pop() if opened else levels) + 1
        elif kind == "comma":
            levels = opened[-1] + 1 if opened else 0
        elif kind == "body" and not opened:
            deepest = DEEPEST
        elif kind == "level":
            levels += 1
        elif kind == "line" and not opened:
            levels, deepest = 0, DEEPEST_PATTERN if token[0].endswith(b"case") else DEEPEST
        if levels > LONGEST or len(opened) > deepest:
            return True
    return False
