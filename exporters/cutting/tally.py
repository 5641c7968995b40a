"""Counts how finely a definition is cut, and why some of it is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from exporters.canonical import records
from exporters.canonical.walk import all_elements


@dataclass(frozen=True, slots=True)
class Tally:
    """The steps of a definition."""

    cut: int
    """Steps in which one thing happens, or none."""
    whole: Counter[str] = field(default_factory=Counter[str])
    """Steps in which several things happen, by the reason."""


def tally(definition: records.Definition) -> Tally:
    """How many steps of the definition are cut, and how many are whole by which reason."""
    elements = [element for run in definition.runs for element in all_elements(run)]
    steps = [element for element in elements if isinstance(element, records.Step)]
    return Tally(sum(not step.whole for step in steps), Counter(step.whole for step in steps if step.whole))
