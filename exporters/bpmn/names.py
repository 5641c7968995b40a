"""Ids and names of a process, made of what the analysed code calls things."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporters.shared.identifiers import Unique, python_identifier
from exporters.shared.one_line import on_one_line

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 160


class Names:
    """Ids that are unique in their file, and that XML knows as ids."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._unique = Unique(taken)

    def __call__(self, wanted: str) -> str:
        return self._unique(wanted if _ID.fullmatch(wanted) else python_identifier(wanted))


def plain(text: str) -> str:
    """Text of analysed code as a name: one line of characters that XML may hold."""
    return on_one_line(text)[:_LONGEST]
