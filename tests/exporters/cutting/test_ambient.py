"""What a context manager only sets while it is open is set for each piece below it; any other keeps its block whole."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from tests.exporters.cutting import beside
from tests.exporters.cutting.beside import Imported, Outcome, definition_of, hold_against

OUTSIDE = """
class Down(Exception): pass

trace = []
failing = set()
state = {"language": "en"}

def effect(name, value=None):
    trace.append((name, value, dict(state)))
    if name in failing:
        raise Down(name)
    return [name, value]

def language():
    return state["language"]
"""
AROUND = """
from contextlib import contextmanager
from outside import effect, state


@contextmanager
def speaking(language):
    before = state.get("language")
    state["language"] = language
    try:
        yield
    finally:
        state["language"] = before


@contextmanager
def marked():
    already = state.get("marked")
    if not already:
        state["marked"] = True
    try:
        yield
    finally:
        if not already:
            state["marked"] = False


@contextmanager
def telling():
    effect("entered")
    yield
    effect("left")


@contextmanager
def forgetful():
    state["language"] = "xx"
    yield


@contextmanager
def forgiving():
    try:
        yield
    except Exception:
        pass
"""
OTHER = """
from outside import effect


def both(n):
    a = effect("other one", n)
    return effect("other two", a)
"""
HEAD = """
from around import forgetful, forgiving, marked, speaking, telling
from other import both
from outside import Down, effect, language


"""
JOBS = {
    "a block": """
def job(n):
    effect("begin", n)
    with speaking("fr"):
        a = effect("one", n)
        if language() == "fr":
            effect("two", a)
        for word in [language(), n]:
            effect("three", word)
        b = [language(), a]
    effect("end", b)
    return b
""",
    "blocks in one another, below a try": """
def job(n):
    try:
        with marked(), speaking(str(n)):
            effect("one", n)
            with speaking("it"):
                effect("two", n)
                if n:
                    return effect("told", language())
            effect("three", n)
    except Down as error:
        effect("caught", str(error))
    effect("end", n)
""",
    "around a function that is opened": """
def job(n):
    with marked():
        a = both(n)
        effect("one", a)
    effect("end", a)
""",
    "a decorator": """
@marked()
def shout(n):
    effect("one", n)
    effect("two", language())


@speaking("de")
def job(n):
    effect("begin", n)
    shout(n)
    effect("end", n)
    return language()
""",
}
FAILING: list[set[str]] = [set(), {"two"}, {"one"}, {"other two"}]


def outcome(space: dict[str, Any], failing: set[str], run: Callable[[], Any]) -> Outcome:
    result, trace = beside.outcome(space, failing, run)
    # That something was never set, or was put back, is the same.
    return result, [(name, value, {key: one for key, one in state.items() if one}) for name, value, state in trace]


def files_of(job: str) -> dict[str, str]:
    return {"outside.py": OUTSIDE, "around.py": AROUND, "other.py": OTHER, "job.py": HEAD + job}


@pytest.mark.parametrize("job", sorted(JOBS))
def test_each_piece_runs_as_it_would_below_the_manager(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, job: str
) -> None:
    files = files_of(JOBS[job])
    definition = definition_of(workflow_over, files)
    assert not tally(definition).whole
    spaces = imported(files)
    for failing in FAILING:
        for n in (0, 1):
            hold_against(engine, definition, spaces, failing, n, outcome)


@pytest.mark.parametrize(
    "manager", ["telling()", "forgetful()", "forgiving()", "speaking(n)", "speaking('fr') as word"]
)
def test_what_does_more_or_does_not_set_back_keeps_its_block_whole(
    workflow_over: Callable[..., model.Workflow], manager: str
) -> None:
    block = f"    with {manager}:\n        n = effect('one', n)\n        effect('two', n)\n"
    text = f"def job(n):\n    effect('begin', n)\n{block}"
    definition = definition_of(workflow_over, files_of(text))
    [whole] = [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step) and one.whole]
    assert "is open around it" in whole.whole
    assert whole.code.startswith(f"with {manager}:")


def test_what_takes_more_arguments_than_it_asks_for_is_cut(workflow_over: Callable[..., model.Workflow]):
    definition = definition_of(
        workflow_over, files_of("def job(n, *more, **named):\n    effect('a', n)\n    effect('b', n)\n")
    )
    assert len(definition.runs[0].steps) == 2
