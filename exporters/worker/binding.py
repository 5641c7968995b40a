"""Arguments as calls and queues write them, by the names of the run's parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporters.worker import finding
from exporters.worker.capture import Sent
from exporters.worker.errors import CaptureError, RefusedError
from exporters.worker.messages import Message
from exporters.worker.plan import Plan, Run

_RESULT = object()
"""Stands for what an earlier run will return."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Values by parameter, and the parameter that takes an earlier run's result."""

    values: dict[str, Any]
    takes: str = ""


def arguments(payload: object) -> tuple[list[Any], dict[str, Any]]:
    """`{"args": […], "kwargs": {…}}`, a list of arguments, an object of named ones, or one argument."""
    if payload is None:
        return [], {}
    if isinstance(payload, list):
        return list(payload), {}
    if not isinstance(payload, dict):
        return [payload], {}
    if payload and payload.keys() <= {"args", "kwargs"}:
        return list(payload.get("args") or []), dict(payload.get("kwargs") or {})
    return [], dict(payload)


def bind(
    signature: inspect.Signature | None,
    run: Run,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    *,
    takes: str = "",
) -> Bound:
    """Each argument under its parameter's name, defaults included. What does not fit is a `TypeError`."""
    given = (_RESULT, *args) if takes == "first" else (*args, _RESULT) if takes else tuple(args)
    if signature is None:
        signature = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in run.parameters]
        )
    bound = signature.bind(*given, **kwargs)
    bound.apply_defaults()
    taking = next((name for name, value in bound.arguments.items() if value is _RESULT), "")
    if takes and not taking:
        raise TypeError("the result of the task before it would go into *args")
    return Bound({name: value for name, value in bound.arguments.items() if value is not _RESULT}, taking)


def message(sent: Sent, piece: str, plan: Plan, sends: Sequence[str], encode: Callable[[Any, str], Any]) -> Message:
    """The message that the engine keeps for work that a piece sent."""
    run = plan.receiver(sent.name, sent.queues, sends)
    name = sent.name or next(iter(sent.queues), "")
    if run is None:
        return Message(run="", arguments={}, due=sent.due, id=sent.id, of=piece, name=name)
    try:
        bound = bind(finding.signature(run), run, sent.args, sent.kwargs, takes=sent.takes)
    except TypeError as error:
        raise CaptureError(f"what is sent to {run.id} does not fit its parameters: {error}") from error
    made = Message(
        run=run.id,
        arguments={key: encode(value, f"{run.id}.{key}") for key, value in bound.values.items()},
        due=sent.due,
        id=sent.id,
        of=piece,
        name=name,
    )
    if sent.beside:
        made["beside"] = sent.beside
    if sent.after:
        made["after"] = list(sent.after)
        made["takes"] = bound.takes
        made["gathers"] = sent.gathers
        made["delay"] = sent.delay
    return made


def reordered(sent: list[Message], order: Mapping[str, Sequence[str]]) -> list[Message]:
    """The messages in the definition's order, where that is another one than the code's own."""
    run_of = {message["id"]: message["run"] for message in sent}
    for message in sent:
        wanted = order.get(message["run"])
        if wanted is None or {run_of.get(before) for before in message.get("after", ())} == set(wanted):
            continue
        before = [other["id"] for other in sent if other["run"] in wanted and other is not message]
        if before:
            takes = message.get("takes", "")
            message.update(after=before, takes=takes, gathers=bool(takes) and len(before) > 1)
            message.setdefault("delay", 0.0)
            continue
        for key in ("after", "takes", "gathers", "delay"):
            message.pop(key, None)
    return sent


def in_order(sent: list[Message]) -> list[Message]:
    """What a piece has sent, if all that others come after is in it: no engine lets work wait for any other."""
    going = {message["id"] for message in sent if message["run"]}
    for message in sent:
        unknown = next((before for before in message.get("after", ()) if before not in going), None)
        if unknown is not None:
            raise RefusedError(f"{message['name']} is to run after {unknown}, which this step has not sent to a run")
    return sent
