"""The instructions of an exported package: what all engines tell alike, around the words of each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from exporters.base import Loss
from exporters.canonical.records import Definition
from exporters.canonical.walk import code_of
from exporters.python_code.needs import inputs, needs
from exporters.python_code.undecided import undecided
from exporters.shared.markdown_text import code, plain

_PLACE = re.compile(r"\{(package|first|named|start|flows)\}")
_MOST_STARTS = 3
_NONE = "None: the backend has no workflow that could be exported."


def readme(
    text: str, named: Sequence[tuple[str, Definition]], losses: Sequence[Loss], package: str, always: str = ""
) -> str:
    """The text of an engine, filled, and the sections that every package has.

    It may hold {package}, {flows} (a list), {first} (a workflow's name), {named} (its first run, as
    an engine knows it) and {start} (its name and an input, for a shell).
    `always` is what holds for the engine whatever the definitions say.
    """
    first = _first(named)
    filled = {
        "package": package,
        "first": first[0] if first else "WORKFLOW",
        "named": f"{first[0]}.{first[1].start}" if first else "WORKFLOW.RUN",
        "start": _start(*first) if first else "WORKFLOW",
        "flows": "\n".join(_flow(name, definition) for name, definition in named) or _NONE,
    }
    parts = [
        _PLACE.sub(lambda match: filled[match[1]], text).strip("\n"),
        needs([definition for _, definition in named]),
        undecided(named, losses, always),
    ]
    return "\n\n".join(parts) + "\n"


def _first(named: Sequence[tuple[str, Definition]]) -> tuple[str, Definition] | None:
    """A workflow to show how one is started: the first that takes an input, else the first."""
    return next((each for each in named if inputs(each[1])), named[0] if named else None)


def _start(name: str, definition: Definition) -> str:
    given = inputs(definition)
    return f"{name} --input {shlex.quote(given)}" if given else name


def _flow(name: str, definition: Definition) -> str:
    steps = sum(1 for run in definition.runs for _ in code_of(run))
    size = f"{_count(len(definition.runs), 'run')}, {_count(steps, 'step')}"
    told = [f"- `{name}`: {plain(definition.name)} ({size})."]
    if started := list(dict.fromkeys(_started_by(definition))):
        more = [f"{len(started) - _MOST_STARTS} others"] if len(started) > _MOST_STARTS else []
        told.append(f"Started by {', '.join([*started[:_MOST_STARTS], *more])}.")
    if given := inputs(definition):
        told.append(f"Input: {code(given)}.")
    return " ".join(told)


def _started_by(definition: Definition) -> Iterator[str]:
    for trigger in definition.triggers:
        said: Iterable[str]
        match trigger.kind:
            case "http" | "webhook":
                said = (" ".join(part for part in (", ".join(trigger.methods), trigger.path) if part),)
            case _:
                said = (trigger.schedule, trigger.queue, trigger.topic, trigger.signal, trigger.command, trigger.name)
        word = next((code(text) for text in said if text), "")
        yield " ".join(part for part in ({"http": "request"}.get(trigger.kind, trigger.kind), word) if part)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
