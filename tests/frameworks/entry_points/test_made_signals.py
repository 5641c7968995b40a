"""Signals that a function of the project makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

USES = """
paid = documented("after the payment")
sent = documented("after the post took it")

@receiver(paid)
def bill(sender, **kwargs): ...

@receiver(sent)
def tell(sender, **kwargs): ...

def pay():
    paid.send(sender=None)
"""
SET = "    signal = Signal()\n    signal.__doc__ = doc\n    return signal\n"
PLAIN = "    return Signal()\n"
KEPT = "    signal = Signal()\n    ALL.append(signal)\n    return signal\n"


@pytest.mark.parametrize(
    ("body", "reached"),
    [(SET, ["bill"]), (PLAIN, ["bill"]), (KEPT, ["bill", "tell"])],
    ids=["an attribute is set", "handed back at once", "kept elsewhere too: not told apart"],
)
def test_each_call_of_a_function_that_makes_a_signal_makes_its_own(
    find: Callable[[dict[str, str]], Findings], body: str, reached: list[str]
) -> None:
    head = "from django.dispatch import Signal, receiver\nALL = []\ndef documented(doc):\n"
    found = find({"events.py": head + body + USES})
    assert [t.rpartition("::")[2] for d in found.dispatches if d.unit == "events.py::pay" for t in d.targets] == reached
