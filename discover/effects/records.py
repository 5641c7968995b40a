"""What the effects stage hands to the later ones: effects with the call that makes them."""

from __future__ import annotations

import msgspec

from discover.facts.records import Expr
from discover.model import Effect, EffectKind


class SiteEffect(msgspec.Struct, frozen=True, kw_only=True):
    """An effect, and where in its unit it happens."""

    effect: Effect
    unit: str
    number: int | None
    """Number of the call that makes it; None when an assignment does (then `effect.line` says where)."""
    timeout: float | None = None
    can_time_out: bool = False
    """The library takes a timeout here, and none was given: the call may hang for ever."""
    limit: Expr | None = None
    """What is given for the timeout, where that is no plain number."""
    through: str = ""
    """Not empty: the call enters this unit of the project, a thin wrapper that makes the request; this effect stands
    for it, since only here it is known what is called."""
    of_itself: bool = False
    """The call does it to the object that the unit runs on: `super().save()`."""
    among: tuple[str, ...] = ()
    """The models of which its target is one, where they are too many to be named."""


class Found(msgspec.Struct, kw_only=True):
    """An effect before it has an id."""

    kind: EffectKind
    line: int
    number: int | None
    target: str = ""
    service: str = ""
    detail: str = ""
    confidence: float = 1.0
    evidence: str = ""
    timeout: float | None = None
    can_time_out: bool = False
    limit: Expr | None = None
    through: str = ""
    of_itself: bool = False
    among: tuple[str, ...] = ()
    statement: Expr | None = None
    """The argument that is the statement, for a call that is given one."""
