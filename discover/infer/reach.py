"""Which units matter: those that reach an effect, a hand-over or a wait over calls."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from discover.infer.logic import checks_of
from discover.infer.steps import is_quiet_effect
from discover.link.records import Linked, Target, UnitPlan

LEAST_CONFIDENCE = 0.3
"""A call that is less certain than this does not carry a workflow on."""


_LEAST_SIGNAL = 0.5
_OUTSIDE = frozenset({"http", "message", "email", "cloud", "process", "sdk"})
_ENDS = ("COMMIT", "ROLLBACK", "FLUSH", "CLOSE")


class Reach:
    """Two sets of units: *loud* ones change or call something outside, *quiet* ones only read their own store."""

    def __init__(self, linked: Linked) -> None:
        self.checks = checks_of(linked)
        self.loud: set[str] = set()
        self.quiet: set[str] = set()
        self.outward: dict[str, int] = {}
        """Units that lead to a hand-over, a wait or a call outside the project's own store, by how many calls."""
        callers: defaultdict[str, list[str]] = defaultdict(list)
        for unit, plan in linked.plans.items():
            for target in called(plan):
                callers[target.unit].append(unit)
            for target in _signalled(plan):
                callers[target.unit].append(unit)
            if _only_commits(unit, plan, linked):
                continue
            if _is_loud(plan):
                self.loud.add(unit)
                if _is_outward(plan):
                    self.outward[unit] = 0
            elif plan.effects or plan.unplaced:
                self.quiet.add(unit)
        self.loud.update(unit for unit, step in linked.steps.items() if step.is_added)
        _spread(self.loud, callers)
        _count_back(self.outward, callers)
        _spread(self.quiet, callers)
        self.quiet -= self.loud

    def is_live(self, unit: str) -> bool:
        """Whether the unit reaches anything at all."""
        return unit in self.loud or unit in self.quiet


def called(plan: UnitPlan) -> Iterable[Target]:
    """All units that run within the unit, in no particular order."""
    for targets in plan.calls.values():
        for target in targets:
            if target.confidence >= LEAST_CONFIDENCE:
                yield target
    for targets in plan.hooks.values():
        yield from targets
    for _, targets in plan.reads.values():
        yield from targets
    for handed in plan.handed.values():
        for item in handed:
            yield item.target
    for hooked in plan.around:
        yield hooked.target


def _is_loud(plan: UnitPlan) -> bool:
    if plan.pauses or plan.following or plan.failing or _hands_over(plan):
        return True
    placed = (plan.effects, plan.unplaced)
    effects = (at.effect for found in placed for ats in found.values() for at in ats)
    return any(not is_quiet_effect(effect.kind, effect.detail, effect.service) for effect in effects)


def _hands_over(plan: UnitPlan) -> bool:
    placed = (*plan.handovers.values(), *plan.left_behind.values())
    return any(handover.kind != "signal" for found in placed for handover in found)


def _is_outward(plan: UnitPlan) -> bool:
    if plan.pauses or plan.following or _hands_over(plan):
        return True
    placed = (plan.effects, plan.unplaced)
    effects = (at.effect for found in placed for ats in found.values() for at in ats)
    return any(effect.kind in _OUTSIDE for effect in effects)


def _signalled(plan: UnitPlan) -> Iterable[Target]:
    for found in (*plan.handovers.values(), *plan.left_behind.values()):
        for handover in found:
            if handover.kind == "signal":
                yield from filter(is_heard, handover.targets)


def is_heard(target: Target) -> bool:
    """Whether a signal's receiver is certain enough to be shown; the others stand among the edges only."""
    return target.confidence >= _LEAST_SIGNAL


def _only_commits(unit: str, plan: UnitPlan, linked: Linked) -> bool:
    """Whether the unit is a context manager that only ends a transaction: the writes inside say it all."""
    source = linked.sources.get(unit)
    if source is None or source.body is None or not source.body.is_generator or plan.handovers or plan.unplaced:
        return False
    found = [at.effect for effects in plan.effects.values() for at in effects]
    return bool(found) and all(e.kind == "db_write" and e.detail.upper() in _ENDS for e in found)


def _spread(units: set[str], callers: dict[str, list[str]]) -> None:
    todo = list(units)
    while todo:
        for caller in callers.get(todo.pop(), ()):
            if caller not in units:
                units.add(caller)
                todo.append(caller)


def _count_back(distances: dict[str, int], callers: dict[str, list[str]]) -> None:
    """Add all that lead to the units, each with the fewest calls that it takes."""
    todo = deque(distances)
    while todo:
        unit = todo.popleft()
        for caller in callers.get(unit, ()):
            if caller not in distances:
                distances[caller] = distances[unit] + 1
                todo.append(caller)
