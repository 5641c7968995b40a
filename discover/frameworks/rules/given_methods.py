"""A library's method that a wrapper is given: `register(router.get, "/x")` around `method(path)(function)`.

The resolver joins what all callers give; each of them means the method, and the object, that it gives itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ExternalValue, FunctionValue, Values, join, library_path

if TYPE_CHECKING:
    from discover.frameworks.reading.contexts import Frame
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench


def asked_method(match: Match) -> list[ir.Expr]:
    """What tells the callers of a wrapper apart by the method that they give; nothing where all mean the same."""
    called = match.site.call.function
    means_several = len(match.site.callee) > 1
    return [called] if isinstance(called, ir.Name | ir.Choice) and means_several else []


def receivers_given(bench: Workbench, match: Match, frame: Frame | None) -> Values | None:
    """The objects of the method that is called in a frame; None where its caller gives another method."""
    if frame is None or not asked_method(match):
        return match.receivers
    values = bench.contexts.values(match.site.function, match.site.call.function, frame)
    is_known = bool(values) and all(isinstance(value, FunctionValue | ExternalValue) for value in values)
    if not is_known:
        return match.receivers
    meant: Values = NOTHING
    given = [value for value in values if library_path(value) == match.path]
    for value in given:
        receiver = value.receiver if isinstance(value, FunctionValue | ExternalValue) else None
        meant = join(meant, (receiver,) if receiver is not None else NOTHING)
    return meant if given else None
