"""From the lines of a `.gitignore` to regular expressions that name single entries, by pathspec, and kept.

Importing pathspec costs more processor time than the walk of a middle-sized tree, so what it made of some lines is
kept beside the facts, by the digest of the lines: the scan of a tree that did not change does not import it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Protocol

import msgspec

TRANSLATION_VERSION = 1
"""Part of the key of what is kept: raise it whenever a line would come out differently."""

LONGEST_LINE = 1_000
"""In characters; no path is as long as a longer pattern would need."""

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \t",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": " \t\n\r\f\v",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
}
_CLASS = re.compile(r"(\[[^\]/]*)\[:(\w*):\]")

_ENTRY, _FOLDER = "(?:(?P<ps_d>/)|$)", "(?P<ps_d>/)"
_LEADING, _INNER = "(?:.+/)?", "(?:/.+)?"
_STARS = re.compile(r"\[\^/\]\*((?:(?!\[\^/\]\*)[^/]|\[\^/\](?!\*))*)(?=\[\^/\]\*)")
_BRACKET = re.compile(r"\\.|\[\^/\]|(\[\^?)(\]?[^\]]*\])", re.DOTALL)
_RESERVED, _ESCAPED = re.compile(r"[\[&|~]|(?<=-)-"), r"\\\g<0>"


class Pattern(msgspec.Struct, frozen=True, array_like=True):
    """One line: whether it ignores or takes back, names folders only, and what it matches."""

    text: str
    regex: str
    """For a whole path, or for a name when the pattern is `by_name`."""
    ignores: bool
    folders_only: bool
    by_name: bool
    name: str
    """What the pattern names, when that is one name without wildcards."""


class Store(Protocol):
    """Where translations are kept between scans."""

    def load(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under the keys."""
        ...

    def store(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep something under each key."""
        ...


class Translations:
    """Patterns of lines: from a store where they are kept, else from pathspec."""

    def __init__(self, store: Store | None = None, salt: str = "") -> None:
        """`salt` names the versions of the libraries that a translation depends on."""
        self._store = store
        self._salt = salt

    def of(self, lines: tuple[str, ...]) -> tuple[Pattern, ...]:
        """The patterns of the lines, without those that can match nothing."""
        told = tuple(line for line in lines if line and not line.startswith("#") and len(line) <= LONGEST_LINE)
        if not told:
            return ()
        if self._store is None:
            return _translated(told)
        text = f"patterns:{TRANSLATION_VERSION}:{self._salt}\n" + "\n".join(told)
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        kept = self._store.load((key,)).get(key)
        with suppress(msgspec.DecodeError):
            if kept is not None:
                return msgspec.msgpack.decode(kept, type=tuple[Pattern, ...])
        patterns = _translated(told)
        with suppress(UnicodeEncodeError):
            self._store.store([(key, msgspec.msgpack.encode(patterns))])
        return patterns


@lru_cache(maxsize=512)
def _translated(lines: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(pattern for pattern in map(parse_pattern, lines) if pattern is not None)


def parse_pattern(line: str) -> Pattern | None:
    """A line of a `.gitignore`; None for blank lines, comments and what git itself discards."""
    from pathspec.patterns.gitignore.base import GitIgnorePatternError
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    text = line.rstrip("\r\n")
    if not text.removeprefix("!").strip(" /"):
        return None
    try:
        regex, ignores = GitIgnoreSpecPattern.pattern_to_regex(_normal(text))
        if regex is None or ignores is None:
            return None
        pattern = _naming(text, regex, ignores=ignores)
        re.compile(pattern.regex)
    except (GitIgnorePatternError, KeyError, re.error):
        return None
    return pattern


def _normal(text: str) -> str:
    """The line in the words that pathspec reads as git does: named classes, and folders at any depth."""
    while _CLASS.search(text):
        text = _CLASS.sub(lambda found: found[1] + _CLASSES[found[2]], text)
    bare = text.rstrip(" ")
    return f"{bare}*/" if bare.endswith("/**/") else text


def _naming(text: str, regex: str, *, ignores: bool) -> Pattern:
    """What pathspec makes finds all that lies in a folder too; a walk asks for the entry itself."""
    folders_only = regex.endswith(_FOLDER)
    regex = regex.removeprefix("^").removesuffix(_ENTRY).removesuffix(_FOLDER)
    by_name = regex.startswith(_LEADING) and "/" not in regex.removeprefix(_LEADING).replace("[^/]", "")
    if regex in (".", ""):  # `*` and `*/` name everything, and every folder.
        regex, by_name = ".+", True
    elif regex.endswith("/"):
        regex, by_name = regex + ".+", False
    regex = regex.removeprefix(_LEADING) if by_name else regex
    regex = _BRACKET.sub(_without_slash, _bounded(regex))
    name = text.strip("!/ ")
    name = name if by_name and re.escape(name) == regex else ""
    return Pattern(text, regex, ignores=ignores, folders_only=folders_only, by_name=by_name, name=name)


def _without_slash(found: re.Match[str]) -> str:
    """No set of characters names a slash for git; and what Python may once read otherwise in sets is escaped."""
    return f"(?!/){found[1]}{_RESERVED.sub(_ESCAPED, found[2])}" if found[1] else found[0]


def _bounded(regex: str) -> str:
    """The expression in a form whose time is bounded, whatever the pattern and the path.

    What stands between two wildcards has a fixed length (in characters for `*`, in folders for `**`), so the first
    place where it fits is as good as any later one: atomic groups keep the engine from trying them all.
    """
    regex = _STARS.sub(r"(?>[^/]*?\1)", regex)
    leads = regex.startswith(_LEADING)
    first, *groups = regex.removeprefix(_LEADING).split(_INNER)
    *middle, last = groups or [first]
    done = "".join(f"(?>(?:/[^/]+)*?{group}(?=/))" for group in middle)
    if not groups:
        return f"(?:[^/]+/)*{last}" if leads else last
    start = f"(?>(?:[^/]+/)*?{first}(?=/))" if leads else first
    return f"{start}{done}(?:/[^/]+)*{last}"
