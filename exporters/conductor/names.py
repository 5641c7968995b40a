"""How the parts of a package call each other: task types, workflows, and the workers' own tasks."""

from __future__ import annotations

from collections.abc import Sequence

from exporters.canonical.records import Element, Step
from exporters.canonical.walk import elements
from exporters.conductor.scope import sent
from exporters.python_code.setting import set_in
from exporters.shared.one_line import on_one_line

CATCH, RETRY, TIME = "catch", "retry", "time"
"""What the workers are asked beside the pieces: which catch takes an error, whether and when to try again, how long to
wait."""


def own(package: str, question: str) -> str:
    """The task type of a question to the workers; no step's, for these have a point in them."""
    return f"{package}-{question}"


def typed(flow: str, identifier: str) -> str:
    """The task type of a step, and the name of a run's workflow."""
    return f"{flow}.{identifier}"


def classes(names: Sequence[str]) -> list[str]:
    """Names of classes. The server would evaluate `${…}`; a name that holds it is no class's, and stays one of none."""
    return [on_one_line(name).replace("$", "\u00a4") for name in names]


def given_back(steps: Sequence[Element]) -> tuple[str, ...]:
    """The variables that elements set, and the messages that they leave."""
    inside = elements(tuple(steps))
    return (*set_in(steps), *(sent(element.id) for element in inside if isinstance(element, Step) and element.sends))
