"""Methods that only run what they are given, given one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph
from discover.resolve.seen_through import SEEN_THROUGH

CODE = """
import contextvars
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

context = contextvars.copy_context()

def store(row): ...

def work(pool: ThreadPoolExecutor):
    {call}
"""
POOL = "pool.submit({runs}, store, 1)"
THREAD = "Thread(target=context.run, args=({runs}, store, 1)).start()"


@pytest.mark.parametrize(
    ("call", "runs", "is_seen"),
    [
        (POOL, 1, True),
        (POOL, 5_000, True),
        (THREAD, SEEN_THROUGH - 1, True),
        (THREAD, 5_000, False),
    ],
    ids=["one", "thousands", "as many as are seen through", "more in one tuple than are seen through"],
)
def test_however_many_stand_before_a_function(
    call: str, runs: int, is_seen: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
):
    written = call.replace("{runs}", ", ".join(["context.run"] * runs))
    graph = scan_source({"work.py": CODE.replace("{call}", written)})
    handed = {edge.target for edge in graph.edges if edge.source == "work.py::work" and edge.kind == "callback"}
    assert handed == ({"work.py::store"} if is_seen else set())
