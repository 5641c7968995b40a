"""What travels between steps: the arguments that would have gone on a queue, as plain data."""

from __future__ import annotations

import base64
import json
import pickle
from typing import Any, Literal, TypedDict, cast


class Message(TypedDict):
    """Work for one step. It is stored by the engine, so it holds plain data only."""

    transport: Literal["request", "celery", "call"]
    name: str
    """The step's id, or the queue's name of a task that the definition does not declare."""
    body: str
    due: float | None
    """Not before this time (seconds since 1970)."""
    id: str
    sender: str
    """The step that handed the work over; empty for what started the workflow."""


class Report(TypedDict):
    """What one step came to."""

    hops: list[Message]
    result: Any
    error: str
    """Empty when the step ended well."""
    attempts: int


def pack_json(value: object) -> str:
    """Text of plain data."""
    return json.dumps(value)


def unpack_json(body: str) -> dict[str, Any]:
    """The data of `pack_json`."""
    return cast("dict[str, Any]", json.loads(body))


def pack_python(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Arguments that a queue itself would pickle (RQ does)."""
    return base64.b64encode(pickle.dumps((args, kwargs))).decode("ascii")


def unpack_python(body: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `pack_python`; they come from this engine's own database."""
    return cast("tuple[tuple[Any, ...], dict[str, Any]]", pickle.loads(base64.b64decode(body)))  # noqa: S301


def plain(value: object) -> object:
    """The value when JSON can hold it, else its text: results are shown to people, never used."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)
    return value
