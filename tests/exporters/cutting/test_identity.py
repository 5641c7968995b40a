"""Where it matters that two places hold one object, they stay in one step: what crosses is made anew of its parts."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from tests.exporters.cutting import beside

HEAD = "from outside import effect\n\n\ndef job(n):\n"
TWICE = {
    "in a list": "one = {'n': n}\nmany = [one, one]",
    "so many times": "many = [[n]] * 2",
    "a variable so many times": "one = {'n': n}\nmany = [one] * 2",
    "in a dict": "one = {'n': n}\nmany = {'0': one, '1': one}",
    "by its keys": "many = dict.fromkeys('01', [n])",
    "by a comprehension": "one = {'n': n}\nmany = [one for _ in range(2)]",
    "turn by turn": "one = {'n': n}\nmany = []\nfor i in range(2):\n    many.append(one)",
}
ONCE = {
    "anew": "many = [{'n': n} for _ in range(2)]",
    "anew in each turn": "many = []\nfor i in range(2):\n    one = {'n': n}\n    many.append(one)",
    "numbers": "many = [[n], [n]]",
}


def files_of(*lines: str) -> dict[str, str]:
    return {"outside.py": beside.OUTSIDE, "helpers.py": "", "job.py": HEAD + textwrap.indent("\n".join(lines), "    ")}


def run_beside(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
    files: dict[str, str],
) -> list[str]:
    """The steps' code, of a definition that leaves the same."""
    definition = beside.definition_of(workflow_over, files)
    beside.hold_against(engine, definition, begun(files), (), 1)
    return [step.code for step in definition.runs[0].steps if isinstance(step, records.Step)]


@pytest.mark.parametrize("made", TWICE)
def test_one_object_twice_stays_where_something_in_it_is_changed(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
    made: str,
) -> None:
    key = 0 if "[n]" in TWICE[made] else "n"
    first = "0" if "dict" in made or "keys" in made else 0
    changed = files_of(
        TWICE[made], "effect('one')", f"many[{first!r}][{key!r}] += 1", "effect('two', str(many))", "effect('three')"
    )
    steps = run_beside(engine, workflow_over, begun, changed)
    assert len(steps) == 2
    asked = files_of(TWICE[made], "effect('one')", "effect('two', str(many))", "effect('three')")
    assert len(run_beside(engine, workflow_over, begun, asked)) == (2 if "keys" in made else 3)


@pytest.mark.parametrize("made", ONCE)
def test_objects_of_their_own_go_from_step_to_step(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
    made: str,
) -> None:
    key = 0 if "[n]" in ONCE[made] else "n"
    files = files_of(
        ONCE[made], "effect('one')", f"many[0][{key!r}] += 1", "effect('two', str(many))", "effect('three')"
    )
    assert len(run_beside(engine, workflow_over, begun, files)) == 3


def test_what_is_held_against_each_other_by_what_it_is_stays_together(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    begun: Callable[[dict[str, str]], beside.Spaces],
) -> None:
    given = "a = [n]\nb = a\neffect('one', len(a))"
    files = files_of(given, "effect('two', a is b)", "effect('three', a is not None)")
    assert len(run_beside(engine, workflow_over, begun, files)) == 2
    equal = files_of(given, "effect('two', a == b)", "effect('three', a is not None)")
    assert len(run_beside(engine, workflow_over, begun, equal)) == 3
