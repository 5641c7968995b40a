"""Calls for each item side by side: a parallel loop that gathers what each gives, in the items' order."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from tests.exporters.cutting.at_once import OUTSIDE, hold_against
from tests.exporters.cutting.beside import Imported, built

HEAD = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
from outside import Down, effect, effect_soon


async def ask(key, extra=2):
    first = await effect_soon("ask", key)
    second = await effect_soon("more", first + extra)
    return [first, second]


def told(key):
    first = effect("told", key)
    return effect("again", [first])


"""
JOBS = {
    "a list of coroutines": """
async def job(n):
    xs = [n, 2, 3]
    results = await asyncio.gather(*[ask(x) for x in xs])
    effect("end", results)
    return results
""",
    "a generator, with a condition": """
async def job(n):
    found = 0
    try:
        both = await asyncio.gather(*(ask(x, extra=n) for x in range(4) if x != 1))
        found = len(both)
    except Down as error:
        effect("down", str(error))
    return found
""",
    "pairs, and nobody asks for the results": """
async def job(n):
    await asyncio.gather(*[effect_soon(name, value) for name, value in [("a", n), ("b", 2)]])
    effect("end", n)
""",
    "targets taken apart": """
async def job(n):
    effect("begin", n)
    (a, *_), b = await asyncio.gather(*[ask(x) for x in (n, 2)])
    effect("end", [a, b])
""",
    "a pool of threads": """
def job(n):
    with ThreadPoolExecutor(max_workers=1) as pool:
        results = list(pool.map(told, [n, 2, 3]))
    effect("end", results)
    return results
""",
}
FAILING: list[set[tuple[str, Any]]] = [set(), {("more", 4)}, {("a", 1)}]


@pytest.mark.parametrize("job", sorted(JOBS))
def test_calls_for_each_item_are_a_parallel_loop(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, job: str
) -> None:
    files = {"outside.py": OUTSIDE, "job.py": HEAD + JOBS[job]}
    made = built(workflow_over, files)
    loops = [one for one in all_elements(made.definition.runs[0]) if isinstance(one, records.Loop)]
    assert [loop.parallel for loop in loops] == [True]
    assert not tally(made.definition).whole
    assert [loss.code for loss in made.losses] == (["parallel"] if "pool" in job else [])
    hold_against(engine, made.definition, imported(files), FAILING)


OTHERWISE = {
    "errors are results": (
        "    a = await asyncio.gather(*[ask(x) for x in [n, 2]], return_exceptions=True)\n    effect('b', a)\n"
    ),
    "what they share is changed": (
        "    seen = []\n    await asyncio.gather(*[note(seen, x) for x in [n, 2]])\n    effect('b', seen)\n"
    ),
}


@pytest.mark.parametrize("job", sorted(OTHERWISE))
def test_what_no_parallel_loop_says_stays_one_step(workflow_over: Callable[..., model.Workflow], job: str) -> None:
    own = (
        "async def note(seen, x):\n    a = await effect_soon('a', x)\n    seen.append(a)\n"
        "    await effect_soon('c', a)\n\n\n"
    )
    text = f"{HEAD}{own}async def job(n):\n    effect('begin', n)\n{OTHERWISE[job]}"
    made = built(workflow_over, {"outside.py": OUTSIDE, "job.py": text})
    assert not any(isinstance(one, records.Loop) for one in all_elements(made.definition.runs[0]))
    codes = [one.code for one in all_elements(made.definition.runs[0]) if isinstance(one, records.Step)]
    assert any("await asyncio.gather(*[" in code for code in codes)
