"""What a call of the project's own function gives for one of its parameters, with the values that it may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values


def argument_at(site: CallSite, function: Function, name: str) -> tuple[ir.Expr, Values] | None:
    """The argument for a parameter; None where the call gives none, or where that can't be told."""
    for keyword in site.call.keywords:
        if keyword.name == name:
            return keyword.value, site.keywords.get(name, ())
    parameters = [p.name for p in function.record.parameters if p.kind in ("positional", "normal")]
    if function.takes_itself:
        parameters = parameters[1:]
    number = parameters.index(name) if name in parameters else -1
    if 0 <= number < min(len(site.call.arguments), len(site.arguments)):
        return site.call.arguments[number], site.arguments[number]
    return None
