"""What is published to a message broker: who of the definition's runs gets it, and what is for others to read.

A queue that no run of the definition listens to belongs to another system: what goes there really leaves, as a web
request does.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from exporters.worker.capture import Capture, Sent, active
from exporters.worker.errors import CaptureError

_DELAYS = "x-delay"
"""The header by which RabbitMQ's delayed exchanges are told milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A message as the code gave it away."""

    exchange: str
    key: str
    body: Any
    """As the consumer will see it."""
    headers: dict[str, Any] = field(default_factory=dict[str, Any])
    properties: dict[str, Any] = field(default_factory=dict[str, Any])


def held_back(publication: Publication, bound: Iterable[str] | None) -> set[str] | None:
    """Record it for the runs that get it. Gives the other queues that it still has to go to; None: all, as it is.

    `bound` are the queues that the exchange is known to hand it to; None when nothing is known of the exchange.
    """
    capture = active()
    if capture is None or capture.plan is None:
        return None
    queues = set(_queues(publication, bound, capture))
    heard = sorted(queues & capture.plan.heard)
    if not heard:
        return None
    for queue in heard:
        capture.sent.append(_sent(publication, queue))
    return queues.difference(heard)


def _queues(publication: Publication, bound: Iterable[str] | None, capture: Capture) -> Iterable[str]:
    if not publication.exchange:
        return [publication.key]
    found = set(bound or ())
    assert capture.plan is not None
    for run in capture.plan.runs:
        if f"{publication.exchange}/{publication.key}" in run.channels or publication.exchange in run.channels:
            found.add(run.queue or run.task)
    if found or bound is not None:
        return found
    receivers = [run for run in capture.plan.runs if run.id in capture.sends and run.kind == "consumer"]
    if len(receivers) > 1:
        where = f"exchange {publication.exchange} with the key {publication.key}"
        names = ", ".join(run.id for run in receivers)
        raise CaptureError(f"nothing tells which of {names} gets what is published to the {where}")
    return [run.queue or run.task for run in receivers]


def _sent(publication: Publication, queue: str) -> Sent:
    delay = publication.headers.get(_DELAYS)
    beside = {
        "exchange": publication.exchange,
        "routing_key": publication.key,
        "headers": publication.headers,
        "properties": publication.properties,
    }
    return Sent(
        id=str(uuid.uuid4()),
        queues=(queue,),
        args=(publication.body,),
        due=None if delay is None else time.time() + float(delay) / 1000,
        beside=as_json(beside),
    )


def as_json(value: Any) -> Any:
    """Headers and properties as plain JSON; what JSON does not know, as its text."""
    return json.loads(json.dumps(value, default=str))


def beside(context: Any) -> dict[str, Any]:
    """What the message that started a run was told beside its arguments."""
    return context["origin"].get("beside") or {}


def may_get(pattern: str, key: str) -> bool:
    """Whether a topic's pattern fits a key: `*` is one word, `#` any number of them."""
    return _fits(pattern.split("."), key.split("."))


def _fits(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_fits(pattern[1:], words[number:]) for number in range(len(words) + 1))
    return bool(words) and pattern[0] in {"*", words[0]} and _fits(pattern[1:], words[1:])
