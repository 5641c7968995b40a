"""Names that are safe wherever they are put: file names, Python identifiers, ids of steps and nodes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(text: str, separator: str = "-", limit: int = 80) -> str:
    """Lower-case ASCII words joined by the separator, as many as fit; `unnamed` when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = _NOT_WORD.sub(separator, plain).strip(separator)
    if len(words) > limit:
        whole, _, _ = words[: limit + 1].rpartition(separator)
        words = whole or words[:limit]
    return words.rstrip(separator) or "unnamed"


def python_identifier(text: str) -> str:
    """A valid Python name that is no keyword and does not start with an underscore."""
    name = slug(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text), "_")
    if name[0].isdigit():
        name = f"n_{name}"
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name


def is_dotted_name(text: str) -> bool:
    """Whether an import statement can name the module."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


class Unique:
    """Hands out each name once; a name already taken gets a number behind it."""

    def __init__(self, taken: Iterable[str] = (), separator: str = "_") -> None:
        self._taken = set(taken)
        self._separator = separator

    def __call__(self, name: str) -> str:
        candidate, number = name, 2
        while candidate in self._taken:
            candidate, number = f"{name}{self._separator}{number}", number + 1
        self._taken.add(candidate)
        return candidate

    def mark(self) -> frozenset[str]:
        """The names handed out so far, to come back to."""
        return frozenset(self._taken)

    def back_to(self, mark: frozenset[str]) -> None:
        """Take back every name that was handed out since the mark."""
        self._taken = set(mark)
