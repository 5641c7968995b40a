"""A project's own event bus is followed by what it does: functions kept under a key, called by that key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
HANDLERS = "def mail(order): ...\ndef ship(order): ...\ndef bill(order): ...\n"
BUS = (
    "from collections import defaultdict\n"
    "class Bus:\n"
    "    def __init__(self):\n        self._handlers = defaultdict(list)\n"
    "    def subscribe(self, event, handler):\n        self._handlers[event].append(handler)\n"
    "    def publish(self, event, **payload):\n"
    "        for handler in self._handlers[event]:\n            handler(**payload)\n"
    "bus = Bus()\n"
)

CASES = {
    "an object with subscribe and publish": (
        BUS + HANDLERS + "bus.subscribe('paid', mail)\nbus.subscribe('paid', ship)\nbus.subscribe('lost', bill)\n"
        "def work():\n    bus.publish('paid', order=1)\n",
        {"work": ["mail", "ship"]},
    ),
    "a decorator that keeps in a module's dict": (
        (
            "REGISTRY = {}\n"
            "def on(name):\n    def keep(fn):\n        REGISTRY.setdefault(name, []).append(fn)\n        return fn\n"
            "    return keep\n"
            "def fire(name, *args):\n    for fn in REGISTRY.get(name, []):\n        fn(*args)\n"
            "@on('made')\ndef made(order): ...\n@on('closed')\ndef closed(order): ...\n"
            "def work():\n    fire('made', 1)\ndef other():\n    fire('closed', 1)\n    fire('unheard', 1)\n"
        ),
        {"work": ["made"], "other": ["closed"]},
    ),
    "a method that keeps what it is given, or what stands below it": (
        (
            "class Bus:\n"
            "    def __init__(self):\n        self.kept = {}\n"
            "    def on(self, name, f=None):\n"
            "        def keep(f):\n            self.kept.setdefault(name, []).append(f)\n            return f\n"
            "        return keep(f) if f else keep\n"
            "    def fire(self, name):\n        for f in self.kept.get(name, []):\n            f()\n"
            "bus = Bus()\n@bus.on('made')\ndef made(): ...\n@bus.on('closed')\ndef closed(): ...\n"
            "def lost(): ...\nbus.on('lost', lost)\n"
            "def work():\n    bus.fire('made')\ndef other():\n    bus.fire('lost')\n"
        ),
        {"work": ["made"], "other": ["lost"]},
    ),
    "keys that are the events' classes": (
        "LISTENERS = {}\nclass Paid: ...\nclass Lost: ...\n"
        "def listen(kind, f):\n    LISTENERS.setdefault(kind, []).append(f)\n"
        "def raise_event(event):\n    for f in list(LISTENERS.get(type(event), [])):\n        f(event)\n"
        + HANDLERS
        + "listen(Paid, mail)\nlisten(Lost, bill)\n"
        "def work():\n    raise_event(Paid())\ndef other():\n    event = Lost()\n    raise_event(event)\n",
        {"work": ["mail"], "other": ["bill"]},
    ),
    "a comprehension that gathers": (
        (
            "import asyncio\nSINKS = {}\n"
            "def sink(name, f):\n    SINKS.setdefault(name, set()).add(f)\n"
            "async def emit(name, value):\n    await asyncio.gather(*[f(value) for f in SINKS.get(name, ())])\n"
            "async def mail(value): ...\nasync def bill(value): ...\nsink('a', mail)\nsink('b', bill)\n"
            "async def work():\n    await emit('a', 1)\n"
        ),
        {"work": ["mail"]},
    ),
    "a key through the project's own function": (
        BUS + HANDLERS + "bus.subscribe('paid', mail)\nbus.subscribe('lost', bill)\n"
        "def announce(name, order):\n    bus.publish(name, order=order)\n"
        "def work():\n    announce('lost', 1)\n",
        {"work": ["bill"]},
    ),
}


def told(found: Findings) -> dict[str, list[str]]:
    """The functions that each function's events reach."""
    sent: dict[str, list[str]] = {}
    for dispatch in found.dispatches:
        if dispatch.edge == "signal" and not dispatch.is_passed_on and dispatch.targets:
            sender = dispatch.unit.partition("::")[2]
            sent.setdefault(sender, []).extend(unit.partition("::")[2] for unit in dispatch.targets)
    return sent


@pytest.mark.parametrize("name", CASES)
def test_an_event_reaches_what_is_kept_under_its_key_and_nothing_else(name: str, find: Find) -> None:
    code, expected = CASES[name]
    assert told(find({"app.py": code})) == expected


def test_a_key_that_is_not_known_hands_over_nothing_by_key(find: Find) -> None:
    code = BUS + HANDLERS + "bus.subscribe('paid', mail)\ndef work(request):\n    bus.publish(request.kind, order=1)\n"
    assert told(find({"app.py": code})) == {}


def test_a_function_under_a_key_that_is_not_known_may_be_under_any(find: Find) -> None:
    code = (
        BUS
        + HANDLERS
        + (
            "import os\nbus.subscribe('paid', mail)\nbus.subscribe(os.environ['KIND'], bill)\n"
            "def work():\n    bus.publish('paid', order=1)\n"
        )
    )
    assert told(find({"app.py": code})) == {}


def test_a_dict_of_data_is_no_bus(find: Find) -> None:
    code = (
        "GROUPS = {}\ndef add(name, value):\n    GROUPS.setdefault(name, []).append(value)\n"
        "def show(name):\n    for value in GROUPS.get(name, []):\n        print(value)\nadd('a', 1)\nshow('a')\n"
    )
    assert told(find({"app.py": code})) == {}


def test_what_a_registering_decorator_gives_back_wraps_nothing(find: Find) -> None:
    found = find({"app.py": CASES["a decorator that keeps in a module's dict"][0]})
    assert not found.hooks
