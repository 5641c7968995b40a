"""Why something can't be cut."""

from __future__ import annotations


class CannotCutError(Exception):
    """The function has to stay whole; the message says why."""


class CloseAgainError(Exception):
    """An opened call has to stay closed."""

    def __init__(self, site: str, why: str) -> None:
        super().__init__(why)
        self.site = site
        self.why = why
