"""What of a body is evaluated again: the statements that read something that has grown since.

Each statement of the project, those in class bodies and in branches too, is a part of its own. What the statements
before it bound last (see `rebinding.py`) is kept with it: where that is another, it is evaluated again as well. Some of
what decides a value is read from no slot (whether a class has a member at all): a statement that found nothing there
stays stale by `Engine.ask_again`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.resolve.symbols import Function
    from discover.resolve.values import Now


class Part:
    """A whole body, or one statement of a body of the project: what reads slots, and is evaluated again."""

    __slots__ = ("after", "before", "function", "is_late", "is_stale", "outer")

    def __init__(self, function: Function, outer: Part | None = None) -> None:
        self.function = function
        self.outer = outer
        """The statement around it, or the whole body."""
        self.is_stale = True
        """Whether something that it read has grown since it was evaluated."""
        self.is_late = False
        """Of a whole body: whether it read a slot that was empty on all its visits, or held few, and no longer is."""
        self.before: Now | None = None
        """Of a statement: what names stood for when it was evaluated last."""
        self.after: Now | None = None
        """What they stood for behind it."""

    def grew(self) -> None:
        """Note that something it read has grown; what is around it must be gone through to reach it."""
        part: Part | None = self
        while part is not None and not part.is_stale:
            part.is_stale = True
            part = part.outer
