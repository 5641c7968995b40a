"""Which of the units that a call may run are other ways, and which only say that a class below is to write them."""

from __future__ import annotations

from discover.facts import records as facts
from discover.link.never_returning import says_unwritten
from discover.link.records import Target, UnitSource

_CERTAIN = 0.95


def is_instead(target: Target, other: Target) -> bool:
    """Whether a unit runs in the place of another one: the same method of another class, or another one of a table.

    What is certain and has another name is none: a constructor's further methods run too, and what a script puts in
    the place of a method holds where that script runs.
    """
    return target.confidence < _CERTAIN or _name(target.unit) == _name(other.unit)


def is_unwritten(source: UnitSource | None) -> bool:
    """Whether a method says no more than that a class below is to do it."""
    if source is None or source.body is None:
        return False
    body = [one for one in source.body.body if not _is_text(one)]
    return len(body) == 1 and isinstance(body[0], facts.Raise) and says_unwritten(body[0].exception)


def _is_text(statement: facts.Stmt) -> bool:
    return isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Constant)


def _name(unit: str) -> str:
    return unit.rpartition("::")[2].rpartition(".")[2]
