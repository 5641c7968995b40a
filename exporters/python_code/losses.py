"""What packages of Python workflows don't say, whatever their engine."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from exporters.base import Loss
from exporters.canonical.records import Definition, End, Step, While
from exporters.canonical.schedules import cron
from exporters.canonical.walk import all_elements, elements


def kept_back(definition: Definition) -> Iterator[Loss]:
    """What packages don't say whose engine lets messages go only when their step has ended well."""
    for run in definition.runs:
        for element in all_elements(run):
            if isinstance(element, Step) and element.sends and (element.whole or element.effects):
                why = "what it has sent by then is not let go when it fails, or ends the run"
                yield Loss("sent-before-failure", f"{definition.id}#{element.id}", why)


def losses(definition: Definition) -> Iterator[Loss]:
    """The losses of one definition."""
    for trigger in definition.triggers:
        if trigger.schedule and not cron(trigger.schedule):
            reason = f"the schedule “{trigger.schedule}” is no cron text: set it up by hand"
            yield Loss("schedule", definition.id, reason)
        if trigger.kind in {"http", "webhook"}:
            reason = f"nothing listens for {trigger.path or 'the request'}: a gateway has to start the workflow"
            yield Loss("http-trigger", definition.id, reason)
        if trigger.kind == "consumer":
            source = trigger.queue or trigger.topic or "the queue"
            reason = f"nothing takes messages from {source}: a consumer has to start the workflow"
            yield Loss("consumer", definition.id, reason)


def endless(definition: Definition, grows: str) -> Iterator[Loss]:
    """Loops that nothing ends, for engines that keep each of a run's steps until it ends."""
    for run in definition.runs:
        for element in all_elements(run):
            if isinstance(element, While) and _is_always(element.code) and not _ends(element):
                why = f"nothing ends this loop, and {grows}: start the run anew now and then, or its body by a schedule"
                yield Loss("endless-loop", f"{definition.id}#{element.id}", why)


def _is_always(code: str) -> bool:
    try:
        return bool(ast.literal_eval(code))
    except (ValueError, SyntaxError):
        return False


def _ends(loop: While) -> bool:
    return any(isinstance(element, End) for element in elements(loop.steps))
