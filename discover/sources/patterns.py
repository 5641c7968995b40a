"""Patterns in the syntax of `.gitignore`, with git's own meaning, compiled for a walk from the top down.

A walk that prunes a folder as soon as it is ignored needs to know of each entry only whether a pattern names *it*, and
the last pattern that does decides. That makes one regular expression per pattern enough, and a single alternation of
all of them answers the usual case, that none does. pathspec compiles patterns to match everything beneath a folder as
well, and importing it costs as much processor time as the whole walk of a middle-sized tree; the tests compare this
module with both git and pathspec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
}


Matcher = Callable[[str], "re.Match[str] | None"]
_STAR = "[^/]*"
_WILD = re.compile(r"[*?\[\\]")


class Pattern:
    """One line: whether it ignores or takes back, names folders only, and what it matches."""

    __slots__ = ("by_name", "folders_only", "ignores", "regex", "text")

    def __init__(self, text: str, regex: str, *, ignores: bool, folders_only: bool, by_name: bool) -> None:
        self.text = text
        self.regex = regex
        self.ignores = ignores
        self.folders_only = folders_only
        self.by_name = by_name


class Patterns:
    """The patterns of one file, or of one rule, relative to one folder."""

    __slots__ = ("_any", "_names", "_patterns")

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = [pattern for pattern in map(parse_pattern, lines) if pattern is not None]
        self._names = _alternation(pattern for pattern in self._patterns if pattern.by_name)
        self._any = _alternation(pattern for pattern in self._patterns if not pattern.by_name)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def decide(self, path: str, name: str, *, folder: bool) -> bool | None:
        """True when the last pattern that names this entry ignores it, False when it takes it back, None when none."""
        if not (self._names and self._names(name)) and not (self._any and self._any(path)):
            return None
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders_only) and _compiled(pattern.regex)(name if pattern.by_name else path):
                return pattern.ignores
        return None

    def file_expressions(self) -> list[str]:
        """Regular expressions for whole paths that the patterns for files name."""
        plain = (pattern for pattern in self._patterns if not pattern.folders_only)
        return [("(?:.*/)?" if p.by_name else "") + f"(?:{p.regex})" for p in plain]

    def may_match_below(self, folder: str) -> bool:
        """Whether a pattern could name something inside this folder (a cheap, generous answer)."""
        return any(_reaches(pattern, folder) for pattern in self._patterns)


def parse_pattern(line: str) -> Pattern | None:
    """A line of a `.gitignore`; None for blank lines, comments and what git itself discards."""
    text = _without_trailing_spaces(line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    ignores = not text.startswith("!")
    body = text if ignores else text[1:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    by_name = "/" not in body
    body = body.removeprefix("/")
    if not body:
        return None
    try:
        return Pattern(
            text, _regex(body, anchored=not by_name), ignores=ignores, folders_only=folders_only, by_name=by_name
        )
    except _InvalidError:
        return None


class _InvalidError(Exception):
    """The pattern can match nothing: git discards it."""


def _alternation(patterns: Iterable[Pattern]) -> Matcher | None:
    joined = "|".join(pattern.regex for pattern in patterns)
    return _compiled(joined) if joined else None


@lru_cache(maxsize=512)
def _compiled(joined: str) -> Matcher:
    return re.compile(f"(?:{joined})", re.DOTALL).fullmatch


def _without_trailing_spaces(text: str) -> str:
    stripped = text.rstrip(" ")
    if stripped == text:
        return text
    slashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if slashes % 2 else stripped


def _regex(body: str, *, anchored: bool) -> str:
    """The expression for a pattern; its time is bounded, whatever the pattern and the path.

    What stands between two wildcards has a fixed length (in characters for `*`, in folders for `**`), so the first
    place where it fits is as good as any later one: atomic groups keep the engine from trying them all.
    """
    groups: list[list[str]] = [[]]
    tail = ""
    index = 0
    while index < len(body):
        if body.startswith("**", index) and _spans_folders(body, index):
            end = index + len(body[index:]) - len(body[index:].lstrip("*"))
            if end == len(body) and anchored:
                tail = ".*"
                break
            if body[end : end + 1] == "/":
                groups.append([])
                index = end + 1
                continue
        text, index = _one(body, index)
        groups[-1].append(text)
    middle = "".join(f"(?>(?:[^/]*/)*?{_group(group)})" for group in groups[1:-1])
    last = f"(?:[^/]*/)*{_group(groups[-1])}" if len(groups) > 1 else ""
    return _group(groups[0]) + middle + last + tail


def _group(parts: list[str]) -> str:
    """The expression for what stands between two `**`: segments, each of them pieces between `*`."""
    segments: list[list[str]] = [[""]]
    for part in parts:
        if part == "/":
            segments.append([""])
        elif part == _STAR:
            segments[-1].append("")
        else:
            segments[-1][-1] += part
    return "/".join(_segment(pieces) for pieces in segments)


def _segment(pieces: list[str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>[^/]*?{piece})" for piece in pieces[1:-1] if piece)
    return f"{pieces[0]}{middle}{_STAR}{pieces[-1]}"


def _spans_folders(body: str, index: int) -> bool:
    """Git cuts a literal start off both sides before it compares, so `a**/b` spans folders as `a/**/b` does."""
    return index == 0 or body[index - 1] == "/" or not _WILD.search(body[:index])


def _one(body: str, index: int) -> tuple[str, int]:
    """The expression for the construct at this place, and the place after it."""
    char = body[index]
    if char == "*":
        end = index
        while body[end : end + 1] == "*":
            end += 1
        return _STAR, end
    if char == "?":
        return "[^/]", index + 1
    if char == "[":
        return _bracket(body, index)
    if char == "\\":
        if index + 1 >= len(body):
            raise _InvalidError
        return re.escape(body[index + 1]), index + 2
    return re.escape(char), index + 1


def _bracket(body: str, index: int) -> tuple[str, int]:
    end = index + 1
    negated = body[end : end + 1] in ("!", "^")
    end += negated
    items: list[str] = []
    first = True
    while True:
        if end >= len(body):
            raise _InvalidError
        if body[end] == "]" and not first:
            break
        first = False
        item, end = _bracket_item(body, end)
        items.append(item)
    inner = "".join(items) or r"\b\B"
    return (f"(?!/)[^{inner}]" if negated else f"(?!/)[{inner}]"), end + 1


def _bracket_item(body: str, index: int) -> tuple[str, int]:
    named = re.compile(r"\[:(\w*):\]").match(body, index)
    if named:
        if named[1] not in _CLASSES:
            raise _InvalidError
        return _CLASSES[named[1]], named.end()
    low, index = _bracket_char(body, index)
    if body[index : index + 1] == "-" and body[index + 1 : index + 2] not in ("]", ""):
        high, index = _bracket_char(body, index + 1)
        if low > high:
            return "", index
        return f"{_escaped(low)}-{_escaped(high)}", index
    return _escaped(low), index


def _bracket_char(body: str, index: int) -> tuple[str, int]:
    if body[index] == "\\":
        if index + 1 >= len(body):
            raise _InvalidError
        return body[index + 1], index + 2
    return body[index], index + 1


def _escaped(char: str) -> str:
    return "\\" + char if char in r"\]^[-&~|" else char


def _reaches(pattern: Pattern, folder: str) -> bool:
    if not pattern.ignores:
        return False
    if pattern.by_name or pattern.text.lstrip("/").startswith("**"):
        return True
    literal = re.split(r"[*?\[\\]", pattern.text.strip("/"), maxsplit=1)[0]
    return literal.startswith(folder + "/") or (folder + "/").startswith(literal)
