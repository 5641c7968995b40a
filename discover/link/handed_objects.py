"""Hand-overs by a method of an object that the caller gives: `task.retry()` in a helper of several tasks.

Resolving joins the tasks of all callers; each caller's own is the one that is started.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from discover.facts import records as facts
from discover.link.records import Handover, UnitPlan
from discover.resolve.sites import RESOLVED
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue, InstanceValue, Values


def handed_objects(function: Function, plan: UnitPlan) -> Iterator[tuple[int, facts.Expr]]:
    """The calls of a unit that hand over to one of several units, with the object whose method they call."""
    for number, handovers in plan.handovers.items():
        site = function.sites.get(number)
        called = site.call.function if site is not None else None
        is_open = any(one.kind == "dispatch" and len(one.targets) > 1 for one in handovers)
        if is_open and isinstance(called, facts.Attribute):
            yield number, called.value


def units_behind(values: Values) -> set[str]:
    """The functions that objects were made of: a task's, by its type argument."""
    bound = [one for value in values if isinstance(value, InstanceValue) for _, each in value.bindings for one in each]
    return {one.function.id for one in bound if isinstance(one, FunctionValue)}


def started_only(handover: Handover, units: frozenset[str]) -> Handover:
    """The hand-over with only these of its receivers; as it is where it has none of them."""
    kept = tuple(target for target in handover.targets if target.unit in units)
    if not kept or len(kept) == len(handover.targets):
        return handover
    if len(kept) == 1:
        sure = max(handover.confidence, RESOLVED)
        only = tuple(target._replace(confidence=sure) for target in kept)
        return msgspec.structs.replace(handover, targets=only, confidence=sure)
    return msgspec.structs.replace(handover, targets=kept)
