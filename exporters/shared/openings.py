"""How a story begins: what starts a workflow, or a later run of it, in a reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discover.model import Run, Trigger, Workflow
from discover.model.routes import plain_route
from exporters.shared.deeds import quoted, run_name
from exporters.shared.metrics import clip
from exporters.shared.words import retry_text, run_facts, seconds_text, trigger_title

Opening = tuple[str, str]
"""What sets something off, without an end, and who acts then: `When someone posts to /signup`, `the handler`."""

HANDLER: Final = "the handler"
"""Who acts for somebody that waits for an answer."""
_ASKING: Final = frozenset(["GET", "HEAD", "OPTIONS"])
_LATER: Final = {
    "task": "Later, when a worker takes up the task {name}",
    "consumer": "When the message arrives at {name}",
    "schedule": "When the time of {name} comes",
    "signal": "When the signal is heard by {name}",
    "http": "When the route {name} is called",
    "command": "When the command {name} is run",
    "hook": "When the framework calls {name}",
}


def start_opening(workflow: Workflow, triggers: Sequence[Trigger]) -> Opening:
    """What sets a workflow off."""
    if not triggers:
        return f"When {quoted(workflow.name)} begins", "it"
    opening = _started(triggers[0])
    if len(triggers) > 1:
        opening += f" (or in {len(triggers) - 1} other way{'s' if len(triggers) > 2 else ''})"
    facts = _attempts(workflow)
    actor = HANDLER if triggers[0].kind in {"http", "webhook"} else "it"
    return f"{opening} ({facts})" if facts else opening, actor


def _attempts(workflow: Workflow) -> str:
    facts = [retry_text(workflow.retry)] if workflow.retry else []
    if workflow.timeout is not None:
        facts.append(f"at most {seconds_text(workflow.timeout)}")
    return ", ".join(facts)


def _started(trigger: Trigger) -> str:
    title = clip(trigger_title(trigger), 80)
    detail = trigger.detail
    match trigger.kind:
        case "http" | "webhook" if detail.path is not None:
            return _requested(plain_route(detail.path) or "/", detail.methods)
        case "schedule":
            return f"On the schedule {quoted(title)}"
        case "signal":
            of = f" of {detail.sender}" if detail.sender else ""
            return f"When the signal {quoted(title)}{of} is sent"
        case "consumer":
            return f"When a message arrives on {quoted(title)}"
        case "task":
            return f"When the task {quoted(title.rpartition('.')[2])} runs"
        case "command":
            return f"When someone runs the command {quoted(title)}"
        case "graphql":
            return f"When someone asks GraphQL for {quoted(title)}"
        case "websocket":
            return f"When a websocket speaks to {quoted(title)}"
        case "rpc":
            return f"When someone calls {quoted(title)} from afar"
        case "hook":
            return f"Whenever {trigger.framework or 'the framework'} calls {quoted(title)}"
        case _:
            return f"When {quoted(title)} is called"


def _requested(path: str, methods: Sequence[str]) -> str:
    path = clip(path, 80)
    if set(methods) == {"POST"}:
        return f"When someone posts to {path}"
    if methods and set(methods) <= _ASKING:
        return f"When someone asks for {path}"
    if set(methods) == {"DELETE"}:
        return f"When someone deletes {path}"
    if methods:
        return f"When someone sends {' or '.join(methods)} to {path}"
    return f"When someone sends a request to {path}"


def run_opening(run: Run) -> Opening:
    """What a later run begins with: when it runs, and what is done when it fails."""
    opening = _LATER.get(run.kind, "Then, as {name}").replace("{name}", quoted(run_name(run)))
    facts = run_facts(run)
    return f"{opening} ({', '.join(facts)})" if facts else opening, "it"
