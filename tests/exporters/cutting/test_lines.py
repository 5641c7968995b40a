"""Expressions over several lines, which nothing but their brackets holds together."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting.beside import Imported, built, hold_against

OUTSIDE = """
class Down(Exception): pass

trace = []
failing = set()

def effect(name, value=None):
    trace.append((name, value))
    if name in failing:
        raise Down(name)
    return value
"""
HEAD = "import outside\nfrom outside import effect\n\n\n"
JOBS = {
    "a chained call that is given a call": """
def job(n):
    text = (
        str(n)
        .strip()  # the digits
        .join(list("ab"))
    )
    first = effect("begin", text)
    effect("end", first)
    return text
""",
    "what a loop goes over": """
def job(n):
    effect("begin", n)
    for one in (
        str(n)
        .strip()
        .split("1")
    ):
        effect("one", one)
    return n
""",
    "what a loop goes over, in lines of its own": """
def job(n):
    effect("begin", n)
    for one in (n,
                n + 1):
        effect("one", one)
    return n
""",
    "the kinds of errors": """
def job(n):
    effect("begin", n)
    try:
        effect("one", n)
        effect("two", n)
    except (
        outside
        .Down
    ):
        effect("lost", n)
    except (
        KeyError,
        # of a list
        IndexError,
    ):
        effect("missed", n)
    return n
""",
}


@pytest.mark.parametrize("name", sorted(JOBS))
def test_what_goes_over_several_lines_is_cut_as_on_one(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, name: str
) -> None:
    files = {"outside.py": OUTSIDE, "job.py": HEAD + JOBS[name]}
    made = built(workflow_over, files)
    assert made.losses == ()
    steps = [one for one in all_elements(made.definition.runs[0]) if isinstance(one, records.Step)]
    assert not [step.whole for step in steps if step.whole]
    assert all(len(step.effects) <= 1 for step in steps)
    spaces = imported(files)
    for failing in ((), ("begin",), ("one",), ("two",), ("end",)):
        hold_against(engine, made.definition, spaces, failing, 12)
