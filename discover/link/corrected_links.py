"""Links that a user adds, drops or renames: in the plans, and among the document's edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, cast

import msgspec

from discover.corrections.places import calls_meant, functions_named
from discover.link.guards import Guards
from discover.link.records import Handed, Handover, Target, UnitPlan
from discover.link.units import plain
from discover.model import Edge, EdgeKind

if TYPE_CHECKING:
    from discover.config.corrections import Correction
    from discover.corrections.ledger import Ledger
    from discover.link.plans import Plans
    from discover.link.units import Units
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite


def correct_links(
    program: Program, plans: Plans, units: Units, edges: tuple[Edge, ...], ledger: Ledger
) -> tuple[Edge, ...]:
    """The edges as the corrections have them; the plans are changed to say the same."""
    for rule in ledger.about("links"):
        if rule.action == "add":
            edges = _added(program, plans, units, edges, rule, ledger)
            continue
        meant = [edge for edge in edges if _means(program, rule, edge)]
        for edge in meant:
            ledger.matched(rule, _told(edge))
        pairs: _Pairs = {(edge.source, edge.target, edge.kind, edge.line) for edge in meant}
        if rule.action == "drop":
            edges = tuple(edge for edge in edges if edge not in set(meant))
            _drop(plans, pairs)
        else:
            edges = tuple(_renamed(edge, rule, ledger) if edge in set(meant) else edge for edge in edges)
            _rename(plans, pairs, rule, ledger)
    return edges


def _means(program: Program, rule: Correction, edge: Edge) -> bool:
    if not (rule.means("from", edge.source) and rule.means("to", edge.target) and rule.means("kind", edge.kind)):
        return False
    if not rule.means_line(edge.line):
        return False
    return not rule.of("call") or any(
        site.line == edge.line for site in calls_meant(functions_named(program, edge.source), rule)
    )


def _told(edge: Edge) -> str:
    return f"{edge.kind} from {edge.source}:{edge.line} to {edge.target} ({edge.confidence:g}, {edge.evidence})"


def _renamed(edge: Edge, rule: Correction, ledger: Ledger) -> Edge:
    return msgspec.structs.replace(edge, evidence=ledger.evidence(rule)) if rule.said else edge


# --- dropping -------------------------------------------------------------------------------------------------------

_Pairs = set[tuple[str, str, EdgeKind, int]]


def _drop(plans: Plans, pairs: _Pairs) -> None:
    for key, plan in plans.by_unit.items():
        gone: set[tuple[str, EdgeKind, int]] = {
            (target, kind, line) for source, target, kind, line in pairs if source == plain(key)
        }
        if gone:
            _without(plan, gone)


def _without(plan: UnitPlan, gone: set[tuple[str, EdgeKind, int]]) -> None:
    """The plan without these targets; a call's line is not kept in it, so calls go by their target alone."""
    called = {target for target, kind, _ in gone if kind == "call"}
    handed = {target for target, kind, _ in gone if kind == "callback"}
    for number, targets in list(plan.calls.items()):
        plan.calls[number] = tuple(t for t in targets if plain(t.unit) not in called)
    for number, hooked in plan.hooks.items():
        plan.hooks[number] = [t for t in hooked if plain(t.unit) not in called]
    for identity, (line, targets) in list(plan.reads.items()):
        plan.reads[identity] = (line, tuple(t for t in targets if plain(t.unit) not in called))
    for number, items in plan.handed.items():
        plan.handed[number] = [item for item in items if plain(item.target.unit) not in handed]
    plan.around[:] = [hooked for hooked in plan.around if plain(hooked.target.unit) not in called]
    plan.routed[:] = [hooked for hooked in plan.routed if plain(hooked.target.unit) not in called]
    _change(plan, lambda handover: _fewer(handover, gone))


def _fewer(handover: Handover, gone: set[tuple[str, EdgeKind, int]]) -> Handover | None:
    kept = tuple(t for t in handover.targets if (plain(t.unit), handover.kind, handover.line) not in gone)
    if len(kept) == len(handover.targets):
        return handover
    return msgspec.structs.replace(handover, targets=kept) if kept else None


def _change(plan: UnitPlan, change: Callable[[Handover], Handover | None]) -> None:
    for ends in (plan.following, plan.failing):
        ends[:] = [new for handover in ends if (new := change(handover)) is not None]
    for held in (plan.handovers, plan.left_behind):
        for number, handovers in list(held.items()):
            held[number] = [new for handover in handovers if (new := change(handover)) is not None]


# --- renaming -------------------------------------------------------------------------------------------------------


def _rename(plans: Plans, pairs: _Pairs, rule: Correction, ledger: Ledger) -> None:
    def renamed(handover: Handover) -> Handover:
        if not any((plain(t.unit), handover.kind, handover.line) in meant for t in handover.targets):
            return handover
        said = {"title": rule.said.get("name", handover.title), "channel": rule.said.get("channel", handover.channel)}
        return msgspec.structs.replace(handover, **said, evidence=ledger.evidence(rule))

    for key, plan in plans.by_unit.items():
        meant = {(target, kind, line) for source, target, kind, line in pairs if source == plain(key)}
        if meant:
            _change(plan, renamed)


# --- adding ---------------------------------------------------------------------------------------------------------


def _added(
    program: Program, plans: Plans, units: Units, edges: tuple[Edge, ...], rule: Correction, ledger: Ledger
) -> tuple[Edge, ...]:
    kind = cast("EdgeKind", rule.of("kind") or "call")
    targets = [Target(unit, 1.0, ledger.evidence(rule)) for unit in _units(units, rule)]
    new: list[Edge] = []
    for site in calls_meant(functions_named(program, rule.of("from")), rule) if targets else ():
        _place(plans.of(units.keys[site.function]), site, kind, targets, rule, ledger)
        new += _edges(site, kind, targets)
        if rule.at:
            # A line may hold several calls; the outermost one, which comes first, stands for the line.
            break
    for edge in new:
        ledger.matched(rule, f"{edge.kind} from {edge.source}:{edge.line} to {edge.target}")
    ends = {(edge.source, edge.target, edge.kind, edge.line) for edge in new}
    kept = [edge for edge in edges if (edge.source, edge.target, edge.kind, edge.line) not in ends]
    return tuple(sorted([*kept, *new], key=lambda edge: (edge.source, edge.target, edge.kind, edge.line)))


def _units(units: Units, rule: Correction) -> Iterable[str]:
    return sorted(key for key, source in units.sources.items() if source.body is not None and rule.means("to", key))


def _place(
    plan: UnitPlan, site: CallSite, kind: EdgeKind, targets: list[Target], rule: Correction, ledger: Ledger
) -> None:
    number = site.call.number
    if kind == "call":
        known = plan.calls.get(number, ())
        new = {target.unit for target in targets}
        plan.calls[number] = (*(target for target in known if target.unit not in new), *targets)
    elif kind == "callback":
        plan.handed.setdefault(number, []).extend(Handed(target) for target in targets)
    else:
        handover = Handover(
            kind=kind,
            line=site.line,
            channel=rule.of("channel"),
            title=rule.of("name"),
            targets=tuple(targets),
            evidence=ledger.evidence(rule),
        )
        open_ends = [known for known in plan.handovers.get(number, ()) if not known.targets]
        others = [known for known in plan.handovers.get(number, ()) if known not in open_ends]
        plan.handovers[number] = [*others, handover]


def _edges(site: CallSite, kind: EdgeKind, targets: list[Target]) -> Iterator[Edge]:
    guarding = Guards(site.function.record.body).at(site.line)
    for target in targets:
        yield Edge(
            source=site.function.id,
            target=target.unit,
            kind=kind,
            line=site.line,
            conditions=guarding.conditions,
            loop=guarding.loop,
            confidence=target.confidence,
            evidence=target.evidence,
        )
