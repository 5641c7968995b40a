"""The words in which the terminal speaks of the model's records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from discover.model import Graph, RetryPolicy, Trigger, Workflow
from discover.model.routes import plain_route

KINDS = {
    "http": "HTTP",
    "db_read": "database read",
    "db_write": "database write",
    "cloud": "cloud",
    "sdk": "SDK",
}
CERTAIN = 0.8
"""Below this, a thing is called inferred."""


def kind_word(kind: str) -> str:
    """`db_write` -> `database write`."""
    return KINDS.get(kind, kind.replace("_", " "))


def trigger_words(trigger: Trigger) -> str:
    """What starts it, as a reader would say: `POST /orders`, `task send_invoice`, `every 5 minutes`."""
    detail = trigger.detail
    if trigger.kind in {"http", "webhook", "websocket"} and detail.path is not None:
        methods = "|".join(detail.methods) or ("WS" if trigger.kind == "websocket" else "ANY")
        return f"{methods} {plain_route(detail.path)}"
    if trigger.kind == "schedule":
        return f"schedule {detail.schedule or detail.name or detail.command or short_unit(trigger.handler)}"
    if trigger.kind == "signal":
        sender = f" of {detail.sender}" if detail.sender else ""
        return f"signal {detail.signal or short_unit(trigger.handler)}{sender}"
    if trigger.kind == "consumer":
        return f"consumer {detail.topic or detail.queue or detail.name or short_unit(trigger.handler)}"
    return f"{trigger.kind} {detail.name or detail.command or detail.path or short_unit(trigger.handler)}"


def short_unit(unit: str) -> str:
    """`app/mail.py::Sender.send` -> `Sender.send`."""
    return unit.rpartition("::")[2]


def file_of(unit: str) -> str:
    """`app/mail.py::Sender.send` -> `app/mail.py`."""
    return unit.partition("::")[0]


def place(unit: str, line: int) -> str:
    """`app/mail.py::Sender.send`, 12 -> `app/mail.py:12`."""
    return f"{file_of(unit)}:{line}" if line else file_of(unit)


def counted(words: Iterable[str]) -> str:
    """`["task", "http", "task"]` -> `2 task, 1 http`, the most frequent first."""
    counts = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} {word}" for word, number in counts)


def plural(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def started_by(workflow: Workflow, triggers: dict[str, Trigger]) -> str:
    """The workflow's first trigger in words, and how many more there are."""
    known = [triggers[trigger] for trigger in workflow.triggers if trigger in triggers]
    if not known:
        return ""
    more = f" (+{len(known) - 1})" if len(known) > 1 else ""
    return trigger_words(known[0]) + more


def triggers_by_id(graph: Graph) -> dict[str, Trigger]:
    """The document's triggers, by their ids."""
    return {trigger.id: trigger for trigger in graph.entry_points}


def seconds_words(seconds: float) -> str:
    """90 -> `90 s`, 7200 -> `2 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def retry_words(retry: RetryPolicy) -> str:
    """`up to 3 times, after 60 s, times 2, on Timeout`, or `up to 3 times, only when it asks, after 60 s`."""
    parts = [f"up to {retry.attempts} times" if retry.attempts is not None else "again and again"]
    if retry.asked:
        parts.append("only when it asks")
    if retry.delay is not None:
        parts.append(f"after {seconds_words(retry.delay)}")
    if retry.backoff is not None and retry.backoff != 1:
        parts.append(f"times {retry.backoff:g}")
    if retry.max_delay is not None:
        parts.append(f"at most {seconds_words(retry.max_delay)}")
    if retry.jitter:
        parts.append("each at random up to that")
    if retry.on and not retry.asked:
        parts.append(f"on {', '.join(retry.on)}")
    parts += [f"with `{one.text}`" for one in retry.unsaid]
    return ", ".join(parts)
