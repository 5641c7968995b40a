"""Messages with the names of the executions that they will start, so that one can wait for another."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Sequence
from typing import Any

from exporters.worker.messages import Message

_log = logging.getLogger(__name__)
_UNIQUE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 43
"""Of 80 letters of a name; the rest is for what makes it one of its own."""


def named(sent: Sequence[Message]) -> dict[str, list[dict[str, Any]]]:
    """By the run that receives it: each message, the name of its execution, and those of the ones that come before."""
    names = {message["id"]: {"run": message["run"], "name": execution(message["id"])} for message in sent}
    found: dict[str, list[dict[str, Any]]] = {}
    for message in sent:
        if not message["run"]:
            _log.warning("work was sent to %s, which no run of the definition receives", message["name"])
            continue
        made: dict[str, Any] = {"name": names[message["id"]]["name"], "message": message}
        if before := message.get("after"):
            made["after"] = [names[other] for other in before]
        found.setdefault(message["run"], []).append(made)
    return found


def execution(message: str) -> str:
    """The name of a message's execution: its id; one that the code chose itself may come again, a name may not."""
    if _UNIQUE.search(message) and _PLAIN.fullmatch(message):
        return message
    return f"{_OTHER.sub('-', message)[:_LONGEST]}-{uuid.uuid4()}"
