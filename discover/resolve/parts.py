"""What of a module's body is evaluated again: the statements that read something that has grown since.

A function's body is evaluated as a whole, since its statements know what the ones before them bound last (see
`rebinding.py`). The body of a module is long, and most of its statements (classes, above all) have nothing to do with
one another: of it each statement, those in class bodies too, is a part of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.resolve.symbols import Function


class Part:
    """A function's body, or one statement of a module's body: what reads slots, and is evaluated again."""

    __slots__ = ("function", "is_alone", "is_late", "is_stale", "outer", "statements")

    def __init__(self, function: Function, outer: Part | None = None) -> None:
        self.function = function
        self.outer = outer
        """The statement around it, or the whole body."""
        self.statements: dict[int, Part] | None = None
        """Of a module's whole body: its statements, by the identity of their records."""
        self.is_stale = True
        """Whether something that it read has grown since it was evaluated."""
        self.is_late = False
        """Of a whole body: whether it read a slot that was empty on all its visits, and no longer is."""
        self.is_alone = False
        """Whether it neither used nor changed what names stand for at its point of the body."""

    def grew(self) -> None:
        """Note that something it read has grown; what is around it must be gone through to reach it."""
        part: Part | None = self
        while part is not None and not part.is_stale:
            part.is_stale = True
            part = part.outer
