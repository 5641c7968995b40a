"""What the page knows of a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Words(NamedTuple):
    """A node's record on the page, where it is a list: `read.js` names its items again, in this order."""

    title: str
    kind: str
    words: str = ""
    """The kind, for reading."""
    unit: int = -1
    """Its number; -1: none."""
    line: int = 0
    end: int = 0
    certain: int = 100
    """In percent."""
    evidence: str = ""
    """What found it."""
    facts: Sequence[Sequence[str]] = ()
    marks: Sequence[str] = ()
    inside: str = ""
    """What is inside a card that can be opened, in words."""
