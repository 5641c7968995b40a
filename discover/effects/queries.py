"""Chained calls that build one query, so that `filter().order_by().first()` is one effect and not three."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from discover.effects.matching import Match
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value

_REFINED_CLASS = "QuerySet"


def one_per_chain(program: Program, function: Function, matches: dict[int, list[Match]]) -> None:
    """Keep, of each chain of query calls, the one that says most; drop the others from `matches`."""
    built: list[int] = []
    numbers = [n for n, found in matches.items() if any(match.rule.rule.query for match in found)]
    inner_of = {n: _inner_number(function.sites[n].call) for n in numbers}
    inside = {inner for inner in inner_of.values() if inner is not None and inner in inner_of}
    for outermost in numbers:
        if outermost in inside:
            continue
        chain = [outermost]
        while (inner := inner_of[chain[-1]]) is not None and inner in inner_of:
            chain.append(inner)
        kept = _kept(program, function, chain, matches)
        if kept is not None and _role(matches[kept]) == "lazy":
            built.append(kept)
        for number in chain:
            if number != kept:
                matches[number] = [m for m in matches[number] if not m.rule.rule.query]
    results = {value for number in built for value in function.sites[number].result}
    for number in numbers:
        if number not in built and results and _evaluates(function.sites[number], matches[number], results):
            matches[number] = []


def _evaluates(site: CallSite, matches: list[Match], built: set[Value]) -> bool:
    """Whether the call only runs a query, by its variable, that the same function has built: that is the effect."""
    called = site.call.function
    if not matches or _role(matches) != "read" or not isinstance(called, ir.Attribute):
        return False
    receivers = [external.receiver for match in matches for external in match.externals]
    return isinstance(called.value, ir.Name) and bool(receivers) and all(one in built for one in receivers)


def _inner_number(call: ir.Call) -> int | None:
    """The call that this one is chained to: `a().b()`, also with an await or an index between."""
    function = call.function
    if not isinstance(function, ir.Attribute):
        return None
    value = function.value
    while isinstance(value, ir.Await | ir.Subscript | ir.Attribute):
        value = value.value
    return value.number if isinstance(value, ir.Call) else None


def _role(matches: list[Match]) -> str:
    roles = [match.rule.rule.query for match in matches]
    return "write" if "write" in roles else "read" if "read" in roles else "lazy"


def _kept(program: Program, function: Function, chain: list[int], matches: dict[int, list[Match]]) -> int | None:
    """The link that is the effect: the write, else the one that reads, else the last, if a new query starts here."""
    roles = {number: _role(matches[number]) for number in chain}
    for role in ("write", "read"):
        for number in chain:
            if roles[number] == role:
                return number
    starts_here = not _refines(program, function.sites[chain[-1]], matches[chain[-1]])
    in_body = function.record.name != "<module>"
    return chain[0] if starts_here and in_body else None


def _refines(program: Program, site: CallSite, matches: list[Match]) -> bool:
    """Whether the chain only adds to a query that was begun elsewhere."""
    externals = [external for match in matches for external in match.externals]
    called = site.call.function
    if not isinstance(called, ir.Attribute):
        return False
    if externals:
        owners = {external.path.split(".")[-2] for external in externals if "." in external.path}
        if owners == {_REFINED_CLASS} or (_REFINED_CLASS in owners and isinstance(called.value, ir.Name)):
            return not _of_a_class(program, site, called.value)
        if any("Manager" in owner or "Session" in owner for owner in owners):
            return False
        if any(isinstance(external.receiver, ClassValue) for external in externals):
            return False
    return not isinstance(called.value, ir.Attribute)


def _of_a_class(program: Program, site: CallSite, receiver: ir.Expr) -> bool:
    """Whether the query is read from a class (`Order.objects`), which gives a new one each time."""
    if not isinstance(receiver, ir.Attribute):
        return False
    owners = program.values_of(site.function, receiver.value)
    return bool(owners) and all(isinstance(owner, ClassValue) for owner in owners)
