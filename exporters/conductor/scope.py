"""One workflow definition while it is being made: its names, and what its variables hold so far."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from exporters.shared.identifiers import Unique

_UNDERSCORES = re.compile("_{2,}")
CONTEXT = "run-context"
"""The variable that holds what started the run; no variable of a run can be called so."""
MISSING = {"$": "missing"}
"""What stands in a variable that nothing has set: Conductor itself would give null for it."""


@dataclass(slots=True)
class Scope:
    """A workflow definition, or one inside it."""

    name: str
    """The definition's name."""
    is_inner: bool = False
    """Whatever it comes to, it ends well, and tells it as its output."""
    answers: bool = False
    """The framework makes a response of an error that leaves it."""
    outs: tuple[str, ...] = ()
    """The variables that an inner one gives back."""
    known: set[str] = field(default_factory=set[str])
    """The variables that have been set here, if only to `MISSING`."""
    sure: set[str] = field(default_factory=set[str])
    """The variables that surely hold a value."""
    missing: dict[str, None] = field(default_factory=dict[str, None])
    """The variables that are asked for before anything here has set them."""
    in_loop: bool = False
    refs: Unique = field(default_factory=lambda: Unique(("workflow",)))
    """Reference names are unique in a definition."""

    def value(self, variable: str, *path: str) -> str:
        """A reference to a variable of the run, or to a part of it."""
        if variable not in self.known:
            self.missing[variable] = None
        return f"${{{'.'.join(('workflow', 'variables', variable, *path))}}}"

    def ref(self, wanted: str) -> str:
        """A reference name for a task. Conductor takes what follows two underscores for the number of a loop's turn."""
        return self.refs(_UNDERSCORES.sub("_", wanted).strip("_") or "task")

    @property
    def context(self) -> str:
        """A reference to the run's context."""
        return self.value(CONTEXT)

    def values(self, variables: Iterable[str]) -> dict[str, Any]:
        """References to variables, by their names."""
        return {variable: self.value(variable) for variable in variables}

    @contextmanager
    def way(self) -> Generator[None]:
        """One of several ways: what it sets is known behind it only by `met`."""
        known, sure = set(self.known), set(self.sure)
        try:
            yield
        finally:
            self.known, self.sure = known, sure

    @contextmanager
    def turn(self) -> Generator[None]:
        """The body of a loop."""
        before, self.in_loop = self.in_loop, True
        try:
            with self.way():
                yield
        finally:
            self.in_loop = before


def sent(step: str) -> str:
    """The variable that holds what a step has sent, as the workers tell it (`runtime/ordering.py`)."""
    return f"sent-{step}"


def output(ref: str, *path: str) -> str:
    """A reference to what a task has given."""
    return f"${{{'.'.join((ref, 'output', *path))}}}"
