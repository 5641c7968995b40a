"""Loops that are left from inside: the hand-written tries of a request among them."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from tests.exporters.cutting.beside import Imported, definition_of, hold_against

OUTSIDE = """
from tests.exporters.cutting.beside import Table

class Down(Exception): pass
class Wrong(Exception): pass

trace = []
failing = Table()

def waited(seconds):
    trace.append(("wait", float(seconds)))

def effect(name, value=None):
    trace.append((name, value))
    if failing.get(name, 0):
        failing[name] -= 1
        raise (Wrong if name == "wrong" else Down)(name)
    return value
"""
HEAD = "import time\nfrom outside import Down, Wrong, effect\n\nTRIES = 3\nPAUSE = 2\n\n\n"
LOOPS = {
    "raised at the last try": """
        for attempt in range(TRIES):
            try:
                a = effect("ask", n)
                effect("wrong", a)
                break
            except Down:
                if attempt == TRIES - 1:
                    raise
                time.sleep(PAUSE * 2 ** attempt)
        effect("end", attempt)
    """,
    "raised behind the loop": """
        for attempt in range(1, 4):
            try:
                effect("ask", attempt)
                return effect("told", n)
            except Down as error:
                effect("warned", str(error))
                time.sleep(1)
        raise Wrong("for good")
    """,
    "told by the loop's else": """
        last = None
        for attempt in range(2):
            try:
                a = effect("ask", n)
            except (Down, Wrong) as error:
                last = str(error)
                time.sleep(attempt)
                continue
            effect("told", a)
            break
        else:
            effect("gave up", last)
    """,
    "asked in a while": """
        left = 3
        while left:
            try:
                effect("ask", left)
            except Down:
                left -= 1
                if not left:
                    return "down"
                time.sleep(PAUSE)
            else:
                effect("told", left)
                break
        effect("end", left)
    """,
    "polled until it is there": """
        while True:
            n = n + effect("ask", 1)
            if n > 3:
                break
            effect("told", n)
            time.sleep(5)
        effect("end", n)
    """,
    "searched": """
        found = None
        for first, item in enumerate([n, 2, 3]):
            for other in (1, 2):
                if effect("ask", item) == other:
                    found = (first, item, other)
                    break
            if found:
                effect("told", other)
                break
        effect("end", (found, item))
    """,
}
FAILING: list[dict[str, int]] = [
    {},
    {"ask": 1},
    {"ask": 2},
    {"ask": 9},
    {"wrong": 1},
    {"told": 2},
    {"warned": 1, "ask": 1},
]


def files_of(loop: str) -> dict[str, str]:
    lines = "\n".join(line[4:] for line in LOOPS[loop].splitlines())
    return {"outside.py": OUTSIDE, "job.py": f"{HEAD}def job(n):{lines}\n"}


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_a_loop_that_is_left_from_inside_is_cut_and_does_the_same(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    imported: Imported,
    monkeypatch: pytest.MonkeyPatch,
    loop: str,
) -> None:
    files = files_of(loop)
    definition = definition_of(workflow_over, files)
    assert not tally(definition).whole
    assert any(isinstance(one, records.While) for one in all_elements(definition.runs[0]))
    spaces = imported(files)
    monkeypatch.setattr(time, "sleep", spaces["outside"]["waited"])
    for failing in FAILING:
        for n in (0, 1, 2):
            hold_against(engine, definition, spaces, failing, n)


def test_a_loop_that_can_t_be_cut_stays_as_it_is_written(workflow_over: Callable[..., model.Workflow]):
    text = (
        "def job(n):\n    effect('a', n)\n    for item in open(n):\n        if effect('b', item):\n            break\n"
        "        effect('c', item.x)\n    effect('d', n)\n"
    )
    definition = definition_of(workflow_over, {"outside.py": OUTSIDE, "job.py": HEAD + text})
    codes = [one.code for one in all_elements(definition.runs[0]) if isinstance(one, records.Step)]
    assert codes[1].startswith("for item in open(n):")
    assert "break" in codes[1]


def test_what_continue_skips_is_skipped(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported
) -> None:
    text = (
        "def job(n):\n    xs = []\n    for i in range(3):\n        effect('ask', i)\n        if i == n:\n"
        "            continue\n        xs.append(i)\n    effect('end', xs)\n    return xs\n"
    )
    files = {"outside.py": OUTSIDE, "job.py": HEAD + text}
    definition = definition_of(workflow_over, files)
    spaces = imported(files)
    for n in (0, 2, 5):
        hold_against(engine, definition, spaces, {}, n)
