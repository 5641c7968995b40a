"""From each trigger the workflow that it sets off."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from discover.infer.assemble import Assembled, Assembly
from discover.infer.names import workflow_name
from discover.infer.reach import Reach
from discover.infer.score import score_of
from discover.infer.templates import Templates
from discover.link.records import Linked
from discover.model import Trigger, Workflow

NODE_LIMIT = 400
"""A workflow opens units until it has about so many nodes; calls beyond stay closed and it is marked truncated."""
RUN_LIMIT = 60
"""So many runs of a workflow are opened."""


class Opened(NamedTuple):
    """A workflow, and the units whose bodies it shows."""

    workflow: Workflow
    units: tuple[str, ...]


def infer_workflows(linked: Linked, limit: int = NODE_LIMIT, runs: int = RUN_LIMIT) -> tuple[list[Opened], Templates]:
    """All workflows, the one that hides most orchestration first; triggers with one handler share one."""
    reach = Reach(linked)
    templates = Templates(linked, reach)
    assembly = Assembly(templates, linked, limit, runs)
    by_handler: defaultdict[str, list[Trigger]] = defaultdict(list)
    for trigger in linked.triggers:
        by_handler[trigger.handler].append(trigger)
    received = _received(linked)
    found: list[Opened] = []
    for unit, triggers in by_handler.items():
        if not reach.is_live(unit) or not templates.of(unit).nodes:
            continue
        assembled = assembly.of(unit)
        found.append(Opened(_workflow(unit, triggers, assembled, received=unit in received), assembled.units))
    found.sort(key=lambda opened: (-opened.workflow.score, opened.workflow.id))
    return found, templates


def _received(linked: Linked) -> set[str]:
    return {
        target.unit
        for plan in linked.plans.values()
        for handovers in plan.handovers.values()
        for handover in handovers
        for target in handover.targets
    }


def _workflow(unit: str, triggers: list[Trigger], assembled: Assembled, *, received: bool) -> Workflow:
    started_elsewhere = received and all(t.kind in ("task", "consumer", "signal", "hook") for t in triggers)
    scheduled = any(t.kind == "schedule" for t in triggers) or any(run.schedule for run in assembled.runs)
    score = score_of(assembled.counts, len(assembled.services), scheduled=scheduled, received=started_elsewhere)
    return Workflow(
        id=f"workflow:{unit}",
        name=workflow_name(triggers),
        triggers=tuple(trigger.id for trigger in triggers),
        score=score,
        services=tuple(sorted(assembled.services)),
        unit=unit,
        body=assembled.body,
        runs=assembled.runs,
        counts=assembled.counts,
        confidence=assembled.confidence,
        truncated=assembled.truncated,
    )
