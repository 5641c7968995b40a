"""What data picks among several receivers, and what a hand-over says of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.frameworks.reading.passing import Passage
    from discover.frameworks.rules.matching import Match
    from discover.resolve.program import Program
    from discover.resolve.selections import Selection
    from discover.resolve.symbols import Function


def picked_by(program: Program, chosen: list[ir.Expr], function: Function) -> Selection | None:
    """What picks one of several receivers by data."""
    found = (program.selections.of(function, expression) for expression in chosen)
    return next((one for one in found if one is not None), None)


def evidence_of(match: Match, passage: Passage | None, picked: Selection | None, count: int) -> str:
    """The call that hands over, the wrapper that holds it, and why it may be one of several."""
    said = match.path if passage is None else f"{match.path} through {match.site.function.id}"
    return said if picked is None else f"{said}, {picked.evidence(count)}"
