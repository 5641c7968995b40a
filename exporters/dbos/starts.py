"""What starts the runs of a definition, in the engine's words."""

from __future__ import annotations

from exporters.canonical.records import Definition, Run, Start
from exporters.canonical.schedules import cron
from exporters.canonical.walk import all_elements
from exporters.dbos.durable.registry import Request

REQUEST_KINDS = frozenset({"http", "webhook"})


def is_request(run: Run) -> bool:
    """Whether a web request starts the run."""
    return run.kind in REQUEST_KINDS


def starts_of(run: Run) -> tuple[tuple[str, str], ...]:
    """Which step's messages start which run."""
    starts = [element for element in all_elements(run) if isinstance(element, Start)]
    return tuple(sorted({(start.of, start.run) for start in starts}))


def requests_of(definition: Definition) -> tuple[Request, ...]:
    """The requests that start the workflow."""
    found = [trigger for trigger in definition.triggers if trigger.kind in REQUEST_KINDS]
    return tuple(Request(methods=trigger.methods, path=trigger.path) for trigger in found)


def schedules_of(definition: Definition) -> tuple[str, ...]:
    """The schedules that can be said as cron texts."""
    return tuple(found for trigger in definition.triggers if (found := cron(trigger.schedule)))
