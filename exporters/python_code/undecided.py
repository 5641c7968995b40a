"""What a package leaves to the people who take it over: losses, steps that are still whole, the old way beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporters.base import Loss
from exporters.canonical.records import Definition, Step
from exporters.canonical.walk import all_elements
from exporters.shared.markdown_text import code, prose

_NO_LOSS = "Nothing is lost: the package says all that the definitions say."
_WHOLE = """\
### Steps in which several things happen

When the worker dies in the middle of such a step, all of it is done again.\
"""
_BESIDE = """\
### The old way

The backend's own routes, workers, consumers and schedules still do this work as well: turn each of them off when its
workflow takes over. A step that was under way when its worker died is done again: make sure that what it does to the
outside may happen twice.\
"""


def undecided(named: Sequence[tuple[str, Definition]], losses: Sequence[Loss], always: str) -> str:
    """The section: what the package does not say, by workflow, and what a person has to decide.

    `always` is what holds for the engine whatever the definitions say.
    """
    parts = ["## Left to decide", *(_lost(named, losses) or [_NO_LOSS]), *([always] if always else [])]
    if whole := list(_whole(named)):
        parts += [_WHOLE, "\n".join(whole)]
    return "\n\n".join([*parts, _BESIDE])


def _lost(named: Sequence[tuple[str, Definition]], losses: Sequence[Loss]) -> list[str]:
    """The losses, each workflow's together and none told twice."""
    name_of = {definition.id: name for name, definition in named}
    told: dict[str, dict[str, None]] = {name: {} for name, _ in named}
    for loss in losses:
        workflow, _, node = loss.where.partition("#")
        place = f"{code(node)}: " if node else ""
        line = f"- {place}{prose(loss.why)} ({code(loss.code)})"
        told.setdefault(name_of.get(workflow, workflow), {})[line] = None
    return ["\n".join([f"In {code(name)}:", "", *lines]) for name, lines in told.items() if lines]


def _whole(named: Sequence[tuple[str, Definition]]) -> Iterator[str]:
    steps: dict[str, list[str]] = {}
    for name, definition in named:
        for element in (element for run in definition.runs for element in all_elements(run)):
            if isinstance(element, Step) and element.whole:
                steps.setdefault(element.whole, []).append(code(f"{name}.{element.id}"))
    for why, found in steps.items():
        yield f"- {prose(why)}: {', '.join(found)}"
