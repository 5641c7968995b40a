"""What starts a workflow, as its definition says it."""

from __future__ import annotations

from discover import model
from discover.model.routes import route_with_places
from exporters.canonical import records
from exporters.cutting.policies import place


def trigger_of(trigger: model.Trigger) -> records.Trigger:
    """The trigger without what only a scan asks for."""
    detail = trigger.detail
    return records.Trigger(
        kind=trigger.kind,
        at=place(trigger.handler, trigger.line),
        framework=trigger.framework,
        methods=detail.methods,
        path=route_with_places(detail.path or ""),
        name=detail.name or "",
        schedule=detail.schedule or "",
        queue=detail.queue or "",
        topic=detail.topic or "",
        signal=detail.signal or "",
        command=detail.command or "",
    )
