"""A fault of a definition, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from exporters.canonical.walk import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can't be run as it is written."""

    path: Path
    """The way to the value that is wrong."""
    message: str
    key: str = ""
    """The fault is the key of that name in the mapping at the path."""
    line: int = 0
    """From 1, inside the text at the path; 0 when all of it is meant."""
    column: int = 0
