"""Calls that are begun one by one and asked for their results at once: branches, or the turns of a parallel loop."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from tests.exporters.cutting.at_once import OUTSIDE, hold_against, outcome
from tests.exporters.cutting.beside import Imported, built

HEAD = """
import asyncio
import concurrent.futures
from concurrent.futures import ThreadPoolExecutor, as_completed
from outside import Down, effect, effect_soon


async def ask(key, extra=2):
    first = await effect_soon("ask", key)
    second = await effect_soon("more", first + extra)
    return [first, second]


def told(key, extra=2):
    first = effect("told", key)
    return effect("more", first + extra)


async def soon(key) -> int:
    return await effect_soon("ask", key)


def sure(key) -> int:
    return effect("told", key)


def add(one, other):
    return [one, other]


"""
TOGETHER = {
    "a name that is read before it is bound to a result": """
def job(n):
    effect("begin", n)
    last = n
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(told, n)
        two = pool.submit(told, n + 1)
        pair = [last, one.result()]
        last = two.result()
    effect("end", [pair, last])
    return pair
""",
    "both results have one name": """
def job(n):
    effect("begin", n)
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(told, n)
        two = pool.submit(told, n + 1)
        found = one.result()
        found = two.result()
    effect("end", found)
    return found
""",
    "a pool that is asked in its block": """
def job(n):
    effect("begin", n)
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(told, n)
        two = pool.submit(told, n + 1, extra=3)
        first = one.result()
        second = two.result()
        effect("end", [first, second])
    return second
""",
    "a pool that is asked behind its block": """
def job(n):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        one = pool.submit(told, n)
        # The other one.
        two = pool.submit(told, key=2)
    found = add(one.result(), other=two.result())
    effect("end", found)
    return found
""",
    "a pool that is asked where the function returns": """
def job(n):
    try:
        with ThreadPoolExecutor() as pool:
            one = pool.submit(told, n)
            two = pool.submit(told, 2)
            return {"one": one.result(), "two": two.result()}
    except Down as error:
        effect("down", str(error))
""",
    "tasks that are awaited": """
async def job(n):
    one = asyncio.create_task(ask(n))
    two = asyncio.ensure_future(ask(key=2))
    first = await one
    second = (await two)[0]
    await effect_soon("end", [first, second])
    return first
""",
    "calls on one line": """
async def job(n):
    one, two, three = await asyncio.gather(soon(n), asyncio.wait_for(soon(2), 5), asyncio.to_thread(sure, n))
    await effect_soon("end", [one, two, three])
    return three
""",
    "for each item": """
def job(n):
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(told, key, n) for key in [n, 2, 3] if key != 2]
        found = [future.result() for future in futures]
    effect("end", found)
    return found
""",
    "for each item, as they end": """
def job(n):
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(told, key, n) for key in [n]]
    found = [future.result() for future in as_completed(futures)]
    effect("end", found)
    return found
""",
}
FAILING: list[set[tuple[str, Any]]] = [set(), {("more", 4)}, {("told", 1)}, {("ask", 1)}, {("told", 2)}]


@pytest.mark.parametrize("job", sorted(TOGETHER))
def test_what_is_begun_together_and_asked_at_once_goes_side_by_side(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, job: str
) -> None:
    files = {"outside.py": OUTSIDE, "job.py": HEAD + TOGETHER[job]}
    made = built(workflow_over, files)
    elements = list(all_elements(made.definition.runs[0]))
    if "item" in job:
        assert [one.parallel for one in elements if isinstance(one, records.Loop)] == [True]
    else:
        (parallel,) = [one for one in elements if isinstance(one, records.Parallel)]
        assert len(parallel.branches) == (3 if "line" in job else 2)
    assert not [why for why in tally(made.definition).whole if why != "it is one statement"]
    hold_against(engine, made.definition, imported(files), FAILING)


POOL = "    with ThreadPoolExecutor() as pool:\n"
OTHERWISE = {
    "something happens before they are asked": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
    effect("between", n)
    effect("end", [one.result(), two.result()])
""",
    "the last is asked first": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
    second = two.result()
    first = one.result()
    effect("end", [first, second])
""",
    "one may not be asked": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
        found = one.result() or two.result()
    effect("end", found)
""",
    "one is asked for more": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
        found = [one.result(), two.result()]
    effect("end", [found, one.done()])
""",
    "one is asked with a limit": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
        found = [one.result(timeout=3), two.result()]
    effect("end", found)
""",
    "an argument does something": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, effect("two", 2))
        found = [one.result(), two.result()]
    effect("end", found)
""",
    "the first is known to who takes the error of the second": """
    first = 0
    try:
        with ThreadPoolExecutor() as pool:
            one = pool.submit(told, n)
            two = pool.submit(told, 2)
            first = one.result()
            second = two.result()
    except Down:
        effect("first", first)
""",
    "the pool is handed on": f"""
{POOL}        one = pool.submit(told, n)
        two = pool.submit(told, 2)
        found = [one.result(), two.result(), pool is None]
    effect("end", found)
""",
}


@pytest.mark.parametrize("job", sorted(OTHERWISE))
def test_what_may_end_otherwise_side_by_side_stays_one_step_and_says_why(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, job: str
) -> None:
    files = {"outside.py": OUTSIDE, "job.py": f"{HEAD}def job(n):\n    effect('begin', n){OTHERWISE[job]}"}
    made = built(workflow_over, files)
    elements = list(all_elements(made.definition.runs[0]))
    assert not any(isinstance(one, records.Parallel | records.Loop) for one in elements)
    (whole,) = [one for one in elements if isinstance(one, records.Step) and one.whole]
    assert "ThreadPoolExecutor" in whole.code
    spaces = imported(files)
    for failing in FAILING:
        wanted = outcome(spaces["outside"], failing, lambda: spaces["job"]["job"](1))
        found = outcome(spaces["outside"], failing, lambda: engine.Engine(made.definition, spaces).run("job", {"n": 1}))
        assert found == wanted
