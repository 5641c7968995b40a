"""A function and its pieces, where effects happen at once: in any order, and some of them after another has failed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from exporters.canonical import records
from tests.exporters.cutting import beside
from tests.exporters.cutting.beside import Outcome, Spaces

OUTSIDE = """
class Down(Exception): pass

trace = []
failing = set()

def effect(name, value=None):
    trace.append((name, value))
    if (name, value) in failing:
        raise Down(name)
    return value

async def effect_soon(name, value=None):
    return effect(name, value)
"""


def outcome(space: dict[str, Any], failing: set[tuple[str, Any]], run: Callable[[], Any]) -> Outcome:
    """What a run leaves, awaited where it is to be, with its effects in no order."""

    def awaited() -> Any:
        result = run()
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    result, trace = beside.outcome(space, failing, awaited)
    return result, sorted(trace, key=repr)


def hold_against(
    engine: ModuleType, definition: records.Definition, spaces: Spaces, failings: Iterable[set[tuple[str, Any]]]
) -> None:
    """Run `job(n)` and its definition, and compare; where one fails, the others are done or left."""
    for failing in failings:
        for n in (1, 0):
            wanted = outcome(spaces["outside"], failing, lambda n=n: spaces["job"]["job"](n))
            found = outcome(
                spaces["outside"], failing, lambda n=n: engine.Engine(definition, spaces).run("job", {"n": n})
            )
            assert found[0] == wanted[0]
            assert failing or found == wanted
