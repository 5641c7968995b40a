"""What the patterns of a `match` bind is known behind it; a `finally` that goes elsewhere keeps all whole."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from tests.exporters.cutting import beside

MATCH = "effect('a', n)\nmatch {'kind': n, 'rows': [n, 2, 3]}:\n"
JOBS = {
    "a sequence": f"{MATCH}    case {{'rows': [first, *rest]}} if first:\n        effect('b', first)\n"
    "effect('c', rest)\neffect('d', first)",
    "a mapping's rest": f"{MATCH}    case {{'kind': 1, **rest}}:\n        effect('b')\n    case rest:\n"
    "        effect('c')\neffect('d', rest)",
    "one of several": f"{MATCH}    case {{'kind': 1 as kind}} | {{'rows': [kind]}}:\n        effect('b')\n"
    "    case _:\n        kind = 0\neffect('c', kind)",
    "no case fits": f"{MATCH}    case {{'kind': 7 as kind}}:\n        effect('b')\neffect('c')\ntry:\n"
    "    effect('d', kind)\nexcept UnboundLocalError:\n    effect('e')",
    "a guard's name": f"{MATCH}    case {{'kind': kind}} if (more := kind + 1) > 2:\n        effect('b', more)\n"
    "effect('c', more)",
}
LEAVING = {
    "a break of a loop": "for i in range(3):\n    try:\n        effect('a', i)\n        if i == n:\n"
    "            return i\n    finally:\n        effect('b', i)\n        if i == n:\n            break\n"
    "effect('c')\nreturn 'end'",
    "a return": "try:\n    effect('a')\n    effect('b')\nfinally:\n    return 'end'",
    "the next turn": "for i in range(3):\n    try:\n        effect('a', i)\n        if i == n:\n            return i\n"
    "    finally:\n        effect('b', i)\n        continue\nreturn 'end'",
}


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("job", [*JOBS, *LEAVING])
def test_the_pieces_do_what_the_function_does(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: beside.Imported, job: str, n: int
) -> None:
    files = files_of((JOBS | LEAVING)[job])
    definition = beside.definition_of(workflow_over, files)
    for failing in ((), ("a",), ("b",)):
        beside.hold_against(engine, definition, imported(files), failing, n)


@pytest.mark.parametrize("job", list(LEAVING))
def test_a_finally_that_goes_elsewhere_keeps_its_function_whole(
    workflow_over: Callable[..., model.Workflow], job: str
) -> None:
    found = all_elements(beside.definition_of(workflow_over, files_of(LEAVING[job])).runs[0])
    assert [one.whole for one in found if isinstance(one, records.Step)] == [
        "a `finally` of `job` stops what leaves it"
    ]


def files_of(text: str) -> dict[str, str]:
    body = "".join(f"    {line}\n" for line in text.split("\n"))
    return {"outside.py": beside.OUTSIDE, "job.py": f"from outside import effect\n\n\ndef job(n):\n{body}"}
