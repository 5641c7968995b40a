"""Coroutines that run beside the code which starts them, by the names that they have on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
TELL = "import asyncio\nasync def tell(order): ...\n"


def _started(found: Findings) -> list[tuple[str, str]]:
    return [(c.unit, target) for c in found.callbacks if c.makes_coroutine for target in c.targets]


@pytest.mark.parametrize("lines", ["    coro = tell(order)\n", "    made = tell(order)\n    coro = made\n"])
def test_a_coroutine_is_started_by_the_name_that_it_has(find: Find, lines: str) -> None:
    begin = f"async def begin(order):\n{lines}    asyncio.create_task(coro)\n"
    assert _started(find({"jobs.py": TELL + begin})) == [("jobs.py::begin", "jobs.py::tell")]


@pytest.mark.parametrize("lines", ["    coro = coro\n", "    made = coro\n    coro = made\n"])
def test_names_that_only_stand_for_each_other_start_nothing(find: Find, lines: str) -> None:
    begin = f"async def begin(order):\n{lines}    asyncio.create_task(coro)\n"
    plain = "async def plainly(order):\n    asyncio.create_task(tell(order))\n"
    assert _started(find({"jobs.py": TELL + begin + plain})) == [("jobs.py::plainly", "jobs.py::tell")]
