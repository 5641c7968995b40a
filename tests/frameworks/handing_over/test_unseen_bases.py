"""Methods that a class leaves to a base class whose code is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

HEAD = """
from abc import ABC
from acme.streams import BaseListener, Hub, User
from enum import Enum

class Listener(BaseListener):
    limit = 3
    def on_update(self, event): self.store(event)
    def store(self, event): ...
    def _private(self): ...
    @property
    def size(self): ...
    def again(self):
        self.run()

class Account(User):
    def initials(self): ...

class Shape(ABC):
    def area(self): ...
"""


def test_a_class_that_a_rule_enters_leaves_nothing_to_be_guessed(find: Find) -> None:
    text = (
        "import grpc\nfrom shop_pb2_grpc import OrdersServicer, add_OrdersServicer_to_server\n"
        "class Orders(OrdersServicer):\n"
        "    def Make(self, request, context): ...\n"
        "    def helper(self): ...\n"
        "def serve():\n    add_OrdersServicer_to_server(Orders(), grpc.server(None))\n"
    )
    found = find({"jobs.py": text})
    assert [entry.unit for entry in found.entry_points] == ["jobs.py::Orders.Make"]
    assert not found.hooks


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Listener().run()", ["Listener.on_update", "Listener.again"]),
        ("listener = Listener()\n    listener.run()", ["Listener.on_update", "Listener.again"]),
        ("Hub().subscribe('orders', Listener())", ["Listener.on_update", "Listener.again"]),
        ("hub = Hub()\n    hub.add(handler=Listener())", ["Listener.on_update", "Listener.again"]),
    ],
)
def test_an_unknown_library_may_call_what_no_code_calls(find: Find, body: str, expected: list[str]) -> None:
    found = find({"jobs.py": HEAD + f"def go():\n    {body}\n"})
    assert [h.target.partition("::")[2] for h in found.hooks if h.unit == "jobs.py::go"] == expected
    assert all(h.confidence == 0.4 for h in found.hooks)


@pytest.mark.parametrize(
    "body",
    [
        "if Account().is_active():\n        pass",
        "name = Account().get_name()",
        "Shape().register(int)",
        "Listener().limit",
        "print(Listener())",
    ],
)
def test_a_call_that_only_answers_and_a_base_that_calls_nothing_lead_nowhere(find: Find, body: str) -> None:
    found = find({"jobs.py": HEAD + f"def go():\n    {body}\n"})
    assert not [h for h in found.hooks if h.unit == "jobs.py::go"]


def test_a_method_that_runs_the_library_itself_is_no_start(find: Find) -> None:
    assert not [h for h in find({"jobs.py": HEAD}).hooks if h.unit == "jobs.py::Listener.again"]
