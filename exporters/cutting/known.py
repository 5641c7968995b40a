"""What is known of variables at one point, and where several ways meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from discover import model
from exporters.cutting.flow import Plain
from exporters.cutting.kinds import UNKNOWN, Kind, bounded, joined, other
from exporters.cutting.marks import deep

HELD = "#"
"""Begins what stands among the variables while what follows has to be in the same process."""
STATE = "@"
"""Begins what stands among the variables while what follows has to be in the same process if it asks for that."""
SESSION = f"{HELD}session"
"""While changes of a session are not committed."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one variable."""

    kind: Kind
    again: Plain | None = None
    """The read of the store that gives the value again."""
    is_read: bool = False
    """The query has been read, and keeps what it gave."""
    may_miss: bool = False
    """There is a way to this point that does not set it."""
    part: tuple[str, str] | None = None
    """The variable of a row, and the field of it, that holds the value too."""


Env = dict[str, Known]


def after_writing(known: Known, tables: set[str]) -> Known:
    """What is known of a value behind changes of these tables."""
    kind = known.kind
    rows = [one for one in (kind, kind.item, *kind.parts) if one is not None and one.form == "row"]
    if any(row.of is None or row.of.node.name in tables or "" in tables for row in rows):
        return Known(
            replace(kind, is_changed=True, unsaved=frozenset(one for one in kind.unsaved if one.startswith("!")))
            if kind.form == "row"
            else other("rows read before a change")
        )
    if known.again is None or (rows and "" not in tables):
        return known
    read = {step.target for step in deep(known.again.marks) if isinstance(step, model.Step)}
    if not read & tables and "" not in tables | read:
        return known
    return Known(kind if kind.form == "plain" else other("what was read before a change"))


def unsure(turned: Env | None, before: Env | None) -> Env | None:
    """What is left of the knowledge that changes from turn to turn without end."""
    if turned is None or before is None:
        return turned
    return {
        name: known if before.get(name) == known else Known(UNKNOWN, may_miss=known.may_miss)
        for name, known in turned.items()
    }


def merged(ends: Iterable[Env | None]) -> Env | None:
    """What is known where several ways meet; None where none of them gets there."""
    reached = [env for env in ends if env is not None]
    if not reached:
        return None
    joint: Env = {}
    for name in dict.fromkeys(name for env in reached for name in env):
        known = [env[name] for env in reached if name in env]
        if name.startswith(HELD):
            joint[name] = known[0]
        else:
            again = known[0].again if all(one.again is known[0].again for one in known) else None
            may_miss = len(known) < len(reached) or any(one.may_miss for one in known)
            kind = bounded(joined(one.kind for one in known))
            part = next((one.part for one in known if one.part), None)
            joint[name] = Known(kind, None if may_miss else again, any(one.is_read for one in known), may_miss, part)
    return joint
