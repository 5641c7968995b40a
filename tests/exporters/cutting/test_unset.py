"""Variables that are deleted or never set: what a handler would take as an error is the same in steps."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting import beside

DELETED = "x = effect('a', n)\ndel x\neffect('b')\ntry:\n    effect('c', x)\nexcept UnboundLocalError:\n    effect('d')"
JOBS = {
    "deleted, and asked for": DELETED,
    "deleted on one way": "x = effect('a', n)\nif n:\n    del x\neffect('b')\ntry:\n    effect('c', x)\n"
    "    effect('d')\nexcept NameError:\n    effect('e')",
    "a loop without turns": "for i in range(n - 1):\n    effect('a', i)\n    effect('b', i)\neffect('c')\ntry:\n"
    "    effect('d', i)\n    effect('e', i)\nexcept UnboundLocalError:\n    effect('f')",
    "taken by a handler of all": "for i in range(n - 1):\n    last = effect('a', i)\n    effect('b', i)\ntry:\n"
    "    effect('d', last)\n    effect('e')\nexcept Exception:\n    effect('f')\n    effect('g')",
    "an error whose handler has ended": "try:\n    effect('a')\n    effect('b')\nexcept ValueError as e:\n"
    "    effect('c')\n    effect('d', str(e))\ntry:\n    effect('e', e)\n    effect('f')\nexcept UnboundLocalError:\n"
    "    effect('g')",
    "deleted in a loop": "for x in [n, 2]:\n    effect('a', x)\n    effect('b', x)\n    del x\neffect('c')\ntry:\n"
    "    effect('d', x)\nexcept NameError:\n    effect('e')",
    "set anew": "x = effect('a', n)\ndel x\nx = effect('b', n)\neffect('c', x)",
}


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("job", list(JOBS))
def test_asking_for_what_is_not_set_ends_as_it_does(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    imported: beside.Imported,
    job: str,
    n: int,
) -> None:
    files = files_of(JOBS[job])
    definition = beside.definition_of(workflow_over, files)
    beside.hold_against(engine, definition, imported(files), ["a"] if "ValueError" in JOBS[job] else [], n)


@pytest.mark.parametrize("deleted", ["del x", "del x, y", "if n:\n    effect('b', x)\n    del x"])
def test_what_is_deleted_for_good_crosses_no_more(workflow_over: Callable[..., model.Workflow], deleted: str) -> None:
    text = f"x = effect('a', n)\ny = x\n{deleted}\neffect('c')\neffect('d')"
    found = all_elements(beside.definition_of(workflow_over, files_of(text)).runs[0])
    steps = [one for one in found if isinstance(one, records.Step)]
    assert not any(one.whole or "del " in one.code for one in steps)


def test_what_stands_behind_a_return_of_other_ways_is_set_whoever_takes_errors(
    workflow_over: Callable[..., model.Workflow],
) -> None:
    inner = "    try:\n        x = effect('a', n)\n    except ValueError:\n        effect('b')\n        return\n"
    text = f"try:\n{inner}    effect('c', x)\n    effect('d', x)\nexcept Exception:\n    effect('e')"
    found = all_elements(beside.definition_of(workflow_over, files_of(text)).runs[0])
    assert not [one.whole for one in found if isinstance(one, records.Step) and one.whole]


def files_of(text: str) -> dict[str, str]:
    body = "".join(f"    {line}\n" for line in text.split("\n"))
    return {"outside.py": beside.OUTSIDE, "job.py": f"from outside import effect\n\n\ndef job(n):\n{body}"}
