"""The tasks of a Serverless Workflow, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from exporters.serverlessworkflow.expressions import embedded, plain

Task = dict[str, Any]
Tasks = list[Task]

PERFORM = "perform"
PAUSE = "pause"
ENDED, FAILED, AGAIN, REFUSED = (f"workers://{way}" for way in ("ended", "failed", "again", "refused"))
"""Types of errors: the run is over, well; code has failed; it asks for another try; the definition is wrong."""
VERSION = "1.0.0"
_COMMUNICATION = "https://serverlessworkflow.io/spec/1.0.0/errors/communication"
_ASKED_AGAIN = 5
"""How often workers that have gone away are asked again, in pauses of one to sixteen seconds."""


def named(name: str, task: Mapping[str, Any], at: str = "", title: str = "") -> Task:
    """One item of a list of tasks."""
    metadata = {key: plain(value) for key, value in (("title", title), ("at", at)) if value}
    return {name: {**task, "metadata": metadata} if metadata else dict(task)}


def perform(arguments: Mapping[str, Any], export: str = "") -> Task:
    """Ask the workers for a piece of work; what it gives may go into the context."""
    task: Task = {"call": PERFORM, "with": dict(arguments)}
    return {**task, "export": {"as": embedded(export)}} if export else task


def do(tasks: Sequence[Task], **more: object) -> Task:
    """Tasks one after the other, in a scope of their own."""
    return {"do": list(tasks), **more}


def switch(cases: Mapping[str, tuple[str, str]]) -> Task:
    """The first case whose expression is true (an empty one: always), and the task that it leads to."""
    made: list[Task] = []
    for name, (when, then) in cases.items():
        made.append({name: {"when": embedded(when), "then": then} if when else {"then": then}})
    return {"switch": made}


def caught(tasks: Sequence[Task], catch: Mapping[str, Any]) -> Task:
    """Tasks whose errors are taken."""
    return {"try": list(tasks), "catch": dict(catch)}


def raised(kind: str, detail: str) -> Task:
    """An error; its detail is JSON."""
    return {"raise": {"error": {"type": kind, "status": 500, "title": "left", "detail": embedded(detail)}}}


def raised_again(error: str) -> Task:
    """An error that was caught goes on."""
    return raised(embedded(f"${error}.type"), f"${error}.detail")


def wait(seconds: float) -> Task:
    """A timer."""
    return {"wait": duration(seconds)}


def duration(seconds: float) -> dict[str, int]:
    """Seconds and milliseconds; a part of one counts as a whole one."""
    thousandths = math.ceil(round(seconds * 1000, 6))
    whole, rest = divmod(thousandths, 1000)
    return (
        {"seconds": whole, "milliseconds": rest}
        if rest and whole
        else {"milliseconds": rest}
        if rest
        else {"seconds": whole}
    )


def functions(url: str) -> Task:
    """What the workflows call by name: the workers, and a timer that a value sets, which the language itself lacks."""
    ask = {"call": "http", "with": {"method": "post", "endpoint": url, "body": embedded(".")}}
    left = {"if": embedded('.goes == "out"'), **raised(embedded('"workers://" + .ending.way'), ".ending | tojson")}
    gone: Task = {
        "errors": {"with": {"type": _COMMUNICATION}},
        "as": "gone",
        "when": embedded("($gone.status // 500) >= 500"),
        "retry": {
            "delay": duration(1),
            "backoff": {"exponential": {}},
            "limit": {"attempt": {"count": _ASKED_AGAIN}},
        },
    }
    units = (("hours", 3600, 3600.0), ("minutes", 60, 60.0), ("seconds", 1, 1.0))
    pauses = [_pause(name, size, wait(seconds)) for name, size, seconds in units]
    tenths = embedded("[range(0; (10 * (.seconds - (.seconds | floor))) | ceil)]")
    pauses.append({"tenths": {"for": {"each": "turn", "in": tenths}, "do": [{"wait_tenths": wait(0.1)}]}})
    return {PERFORM: do([{"asked": caught([{"ask": ask}], gone)}, {"leave": left}]), PAUSE: do(pauses)}


def _pause(name: str, size: int, once: Task) -> Task:
    left = {"hours": ".seconds", "minutes": ".seconds % 3600", "seconds": ".seconds % 60"}[name]
    turns = embedded(f"[range(0; ({left}) / {size} | floor)]")
    return {name: {"for": {"each": "turn", "in": turns}, "do": [{f"wait_{name}": once}]}}
