"""A class that is only there to be inherited from is nothing that a library runs."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

ACTORS = """
from dramatiq import GenericActor

class Sending(GenericActor):
    class Meta:
        abstract = True
    def perform(self, order): ...

class Bill(Sending):
    class Meta:
        queue_name = "bills"
"""


def test_a_class_whose_meta_says_that_it_is_abstract_is_no_task(find: Callable[[dict[str, str]], Findings]) -> None:
    found = find({"app.py": ACTORS}).entry_points
    assert [(entry.detail.name, entry.detail.queue) for entry in found] == [("Bill", "bills")]
