"""What the embedded engine can't do as a definition says."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.base import Loss
from exporters.canonical.records import Definition
from exporters.canonical.schedules import cron
from exporters.dbos.starts import is_request
from exporters.worker.finding import family


def losses(definition: Definition) -> Iterator[Loss]:
    """Each thing that the engine leaves out, with its place."""
    for run in definition.runs:
        if is_request(run) and not family(run.framework):
            why = f"requests to {run.framework or 'this framework'} can't be sent yet: the run won't start"
            yield Loss("request-not-sent", f"{definition.id}#{run.id}", why)
    for trigger in definition.triggers:
        if trigger.schedule and cron(trigger.schedule) is None:
            why = f"the schedule `{trigger.schedule}` is no cron text: start the runs from a scheduler of yours"
            yield Loss("schedule", definition.id, why)
