"""The document's edges: who reaches whom over calls and hand-overs, with the conditions that guard it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.link.guards import FREE, Guarding, Guards
from discover.link.records import Handover, Target, UnitPlan
from discover.link.units import Units, is_within, plain
from discover.model import Edge, EdgeKind
from discover.resolve.accessors import accessor_kind
from discover.resolve.program import Program
from discover.resolve.symbols import Function


class EdgeList:
    """Edges under construction; of two with the same ends, kind and line the more certain one stays."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, EdgeKind, int], Edge] = {}

    def add(self, source: str, target: Target, kind: EdgeKind, line: int, guarding: Guarding) -> None:
        """Add an edge."""
        key = (source, plain(target.unit), kind, line)
        known = self._found.get(key)
        if known is None or known.confidence < target.confidence:
            self._found[key] = Edge(
                source=source,
                target=key[1],
                kind=kind,
                line=line,
                conditions=guarding.conditions,
                loop=guarding.loop,
                confidence=target.confidence,
                evidence=target.evidence,
            )

    def sorted(self) -> tuple[Edge, ...]:
        """All edges in the document's order."""
        return tuple(self._found[key] for key in sorted(self._found))


def edges_of(program: Program, units: Units, plans: dict[str, UnitPlan]) -> tuple[Edge, ...]:
    """The edges of the whole program."""
    edges = EdgeList()
    for function in program.all_functions:
        key = units.keys[function]
        plan = plans.get(key)
        if plan is not None or function.sites:
            _function(edges, function, key, plan or UnitPlan(), units, plans)
    documented = set(units.keys.values())
    for key, plan in plans.items():
        if key not in documented:
            source = plain(key)
            for hooked in plan.around:
                if not is_within(hooked.target.unit, source):
                    edges.add(source, hooked.target, "call", hooked.line, FREE)
            for line, kind, target in _by_library(plan, plans):
                edges.add(source, target, kind, line, FREE)
    return edges.sorted()


def _by_library(plan: UnitPlan, plans: dict[str, UnitPlan]) -> Iterator[tuple[int, EdgeKind, Target]]:
    for placed in plan.unplaced.values():
        for at in placed:
            yield at.effect.line, "call", Target(at.effect.id, at.effect.confidence, at.effect.evidence)
    for handovers in plan.handovers.values():
        for handover in handovers:
            yield from _handed_over(handover, plans)


def _function(
    edges: EdgeList, function: Function, key: str, plan: UnitPlan, units: Units, plans: dict[str, UnitPlan]
) -> None:
    source = function.id
    guards: Guards | None = None
    for line, kind, target in _reached(function, plan, units, plans):
        if guards is None:
            guards = Guards(function.record.body)
        if not is_within(target.unit, source):
            edges.add(source, target, kind, line, guards.at(line))
    for hooked in plan.routed:
        edges.add(source, hooked.target, "call", hooked.line, FREE)
    source_is_first = key == source
    if source_is_first:
        for hooked in plan.around:
            edges.add(source, hooked.target, "call", hooked.line, FREE)


def _reached(
    function: Function, plan: UnitPlan, units: Units, plans: dict[str, UnitPlan]
) -> Iterator[tuple[int, EdgeKind, Target]]:
    keys = units.keys
    links = bool(plan.effects or plan.hooks or plan.handed or plan.handovers)
    for number, site in function.sites.items():
        line = site.call.line
        for target in site.targets:
            if target.function in keys:
                yield line, "call", Target(keys[target.function], target.confidence, target.evidence)
                for wrapper in _around(target.function, function):
                    if wrapper in keys:
                        yield line, "call", Target(keys[wrapper], target.confidence, "decorator")
        if links:
            yield from _linked(plan, number, line, plans)
    for placed in plan.unplaced.values():
        for at in placed:
            yield at.effect.line, "call", Target(at.effect.id, at.effect.confidence, at.effect.evidence)
    for left in plan.left_behind.values():
        for handover in left:
            yield from _handed_over(handover, plans)
    for handover in (*plan.following, *plan.failing):
        yield from _handed_over(handover, plans)
    yield from plan.passed_on
    for _, line, functions in function.reads.values():
        for read in functions:
            if read in keys:
                how = "set" if accessor_kind(read.record) == "setter" else "read"
                yield line, "call", Target(keys[read], 0.95, how)


def _around(called: Function, caller: Function) -> list[Function]:
    """The wrappers that a call runs: all of them, innermost first; from one of them only those within it."""
    wrappers = called.wrappers
    return wrappers[: wrappers.index(caller)] if caller in wrappers else wrappers


def _linked(
    plan: UnitPlan, number: int, line: int, plans: dict[str, UnitPlan]
) -> Iterable[tuple[int, EdgeKind, Target]]:
    for at in plan.effects.get(number, ()):
        yield at.effect.line, "call", Target(at.effect.id, at.effect.confidence, at.effect.evidence)
    for target in plan.hooks.get(number, ()):
        yield line, "call", target
    for handed in plan.handed.get(number, ()):
        yield line, "callback", handed.target
    for handover in plan.handovers.get(number, ()):
        yield from _handed_over(handover, plans)


def _handed_over(handover: Handover, plans: dict[str, UnitPlan]) -> Iterable[tuple[int, EdgeKind, Target]]:
    for target in handover.targets:
        yield handover.line, handover.kind, target
        plan = plans.get(target.unit)
        for hooked in plan.around if plan is not None else ():
            # What is sent is an object whose class may have a `__call__` of its own: that is what runs first.
            if hooked.moment == "before" and hooked.target.unit.endswith(".__call__"):
                said = f"{hooked.target.evidence} of {target.unit}"
                first = Target(hooked.target.unit, min(target.confidence, hooked.target.confidence), said)
                yield handover.line, handover.kind, first
