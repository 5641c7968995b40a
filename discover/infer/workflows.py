"""From each trigger the workflow that it sets off."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from discover.infer.assemble import Assembled, Assembly, Measured
from discover.infer.keys import split_key, unit_of
from discover.infer.names import workflow_name
from discover.infer.reach import Reach
from discover.infer.score import score_of, weights
from discover.infer.templates import Templates
from discover.link.records import Linked
from discover.model import Trigger, Workflow

NODE_LIMIT = 400
"""A workflow opens units until it has about so many nodes; calls beyond stay closed and it is marked truncated."""
RUN_LIMIT = 60
"""So many runs of a workflow are opened."""
DEPTH_LIMIT = 40
"""Calls nested deeper stay closed."""
DOCUMENT_NODES = 60_000
"""All workflows together have about so many nodes. Of a backend with more, the first are told in full and the others
up to an equal share: their outer part, as far as that goes."""
_FULL = 40
_LEAST = 40


class Opened(NamedTuple):
    """A workflow, and the keys of the units whose bodies it shows."""

    workflow: Workflow
    keys: tuple[str, ...]


def infer_workflows(
    linked: Linked, limit: int = NODE_LIMIT, runs: int = RUN_LIMIT, depth: int = DEPTH_LIMIT
) -> tuple[list[Opened], Templates]:
    """All workflows, the one that hides most orchestration first; triggers with one handler share one."""
    reach = Reach(linked)
    templates = Templates(linked, reach)
    assembly = Assembly(templates, linked, limit, runs, depth)
    by_key: defaultdict[str, list[Trigger]] = defaultdict(list)
    for trigger in linked.triggers:
        by_key[templates.entry(trigger.handler, linked.receivers.get(trigger.id, ""))].append(trigger)
    received = _received(linked)
    live: dict[str, Measured] = {}
    for key in by_key:
        unit = unit_of(key)
        if reach.is_live(unit) and templates.of(key).nodes:
            live[key] = assembly.measured(key)
    parts = {key for key in live if unit_of(key) in received and _starts_nothing(by_key[key])}
    weight = weights([part.unit for part in measured.parts] for key, measured in live.items() if key not in parts)
    ranked = [
        (_score(measured, by_key[key], weight, is_part=key in parts), key, measured) for key, measured in live.items()
    ]
    ranked.sort(key=lambda entry: (-entry[0], entry[1]))
    share = _share([measured.nodes for _, _, measured in ranked[_FULL:]], DOCUMENT_NODES - _FULL * limit)
    found: list[Opened] = []
    for rank, (score, key, measured) in enumerate(ranked):
        assembled = assembly.of(key, limit if rank < _FULL else share)
        identity = _identity(key, templates)
        found.append(Opened(_workflow(identity, key, by_key[key], assembled, measured, score), assembled.keys))
    return found, templates


def _identity(key: str, templates: Templates) -> str:
    """The handler's unit; with the class where the handler is inherited, and so stands for several workflows."""
    unit, receiver, *_ = split_key(key)
    is_own = key == templates.entry(unit)
    return f"workflow:{unit}" if is_own else f"workflow:{unit} of {receiver}"


def _share(sizes: list[int], room: int) -> int:
    """The largest limit at which the workflows, cut to it, fit into the room; never so small that nothing is told."""
    left, rest = room, len(sizes)
    for size in sorted(sizes):
        if size * rest > left:
            return max(left // rest, _LEAST)
        left -= size
        rest -= 1
    return max(sizes, default=_LEAST)


def _received(linked: Linked) -> set[str]:
    return {
        target.unit
        for plan in linked.plans.values()
        for handovers in (*plan.handovers.values(), plan.following)
        for handover in handovers
        for target in handover.targets
    }


def _starts_nothing(triggers: list[Trigger]) -> bool:
    """Whether all of the triggers come from within: they need something else that starts them."""
    return all(trigger.kind in ("task", "consumer", "signal", "hook") for trigger in triggers)


def _score(measured: Measured, triggers: list[Trigger], weight: dict[str, float], *, is_part: bool) -> float:
    scheduled = measured.scheduled or any(trigger.kind == "schedule" for trigger in triggers)
    return score_of(measured.parts, weight, len(measured.services), scheduled=scheduled, received=is_part)


def _workflow(
    identity: str, key: str, triggers: list[Trigger], assembled: Assembled, measured: Measured, score: float
) -> Workflow:
    return Workflow(
        id=identity,
        name=workflow_name(triggers),
        triggers=tuple(trigger.id for trigger in triggers),
        score=score,
        services=tuple(sorted(measured.services)),
        unit=unit_of(key),
        retry=assembled.options.retry,
        timeout=assembled.options.timeout,
        body=assembled.body,
        runs=assembled.runs,
        counts=measured.counts,
        confidence=min([assembled.confidence, *(trigger.confidence for trigger in triggers)]),
        truncated=assembled.truncated,
    )
