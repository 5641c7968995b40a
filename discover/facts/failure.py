"""A file that no facts could be made of, and why."""

from __future__ import annotations

import msgspec


class Failure(msgspec.Struct, array_like=True, frozen=True):
    """Stands in the results where the facts of a file would."""

    path: str
    line: int
    """0 where the whole file is meant."""
    reason: str


class UnreadableSourceError(Exception):
    """A source that cannot be turned into facts.

    Attributes:
        line: 1-based line of the fault, 0 when the whole file is meant.
        reason: what is wrong, for the user.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason
