"""Patterns in the syntax of `.gitignore`, with git's own meaning, compiled for a walk from the top down.

A walk that prunes a folder as soon as it is ignored needs to know of each entry only whether a pattern names *it*, and
the last pattern that does decides. That makes one regular expression per pattern enough, and a single alternation of
all of them answers the usual case, that none does. `translation` says where the expressions come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from discover.sources.translation import Pattern, Translations

Matcher = Callable[[str], "re.Match[str] | None"]


class Patterns:
    """The patterns of one file, or of one rule, relative to one folder."""

    __slots__ = ("_any", "_names", "_patterns", "_plain")

    def __init__(self, lines: Iterable[str], translations: Translations | None = None) -> None:
        self._patterns = (translations or Translations()).of(tuple(lines))
        # Most patterns are plain names; a set finds them without the time that it takes to compile an expression.
        self._plain = frozenset(pattern.name for pattern in self._patterns if pattern.name)
        self._names = _alternation(pattern for pattern in self._patterns if pattern.by_name and not pattern.name)
        self._any = _alternation(pattern for pattern in self._patterns if not pattern.by_name)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def decide(self, path: str, name: str, *, folder: bool) -> bool | None:
        """True when the last pattern that names this entry ignores it, False when it takes it back, None when none."""
        if name not in self._plain and not (self._names and self._names(name)) and not (self._any and self._any(path)):
            return None
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders_only) and _names_it(pattern, path, name):
                return pattern.ignores
        return None

    def file_expressions(self) -> list[str]:
        """Regular expressions for whole paths that the patterns for files name."""
        plain = (pattern for pattern in self._patterns if not pattern.folders_only)
        return [("(?:.*/)?" if p.by_name else "") + f"(?:{p.regex})" for p in plain]

    def may_match_below(self, folder: str) -> bool:
        """Whether a pattern could name something inside this folder (a cheap, generous answer)."""
        return any(_reaches(pattern, folder) for pattern in self._patterns)


def _names_it(pattern: Pattern, path: str, name: str) -> bool:
    if pattern.name:
        return pattern.name == name
    return _compiled(pattern.regex)(name if pattern.by_name else path) is not None


def _alternation(patterns: Iterable[Pattern]) -> Matcher | None:
    joined = "|".join(pattern.regex for pattern in patterns)
    return _compiled(joined) if joined else None


@lru_cache(maxsize=512)
def _compiled(joined: str) -> Matcher:
    return re.compile(f"(?:{joined})", re.DOTALL).fullmatch


def _reaches(pattern: Pattern, folder: str) -> bool:
    if not pattern.ignores:
        return False
    if pattern.by_name or pattern.text.lstrip("/").startswith("**"):
        return True
    literal = re.split(r"[*?\[\\]", pattern.text.strip("/"), maxsplit=1)[0]
    return literal.startswith(folder + "/") or (folder + "/").startswith(literal)
