"""What a signal's receivers give back reaches the code that sends it, and no other signal's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.catalog.load import narrowed, read_libraries
from discover.resolve.program import Program

Resolved = Callable[..., Program]
SHOP = (
    "from django.dispatch import Signal, receiver\n"
    "class PluginSignal(Signal):\n"
    "    def send(self, sender, **named):\n"
    "        return [(r, r(signal=self, sender=sender)) for r in self._live_receivers(sender)]\n"
    "providers = PluginSignal()\nplain = Signal()\nother = PluginSignal()\n"
    "class Card:\n    def charge(self): ...\n"
    "class Cash:\n    def charge(self): ...\n"
    "@receiver(providers)\ndef card(sender, **kwargs): return Card\n"
    "@receiver([plain, other])\ndef cash(sender, **kwargs): return Cash\n"
    "def connected(sender, **kwargs): return Card()\n"
    "plain.connect(connected)\n"
)


@pytest.mark.parametrize(
    ("body", "called"),
    [
        ("for _, made in providers.send(None):\n        made().charge()", {"Card.charge"}),
        ("for _, made in other.send_robust(None):\n        made().charge()", {"Cash.charge"}),
        ("for one, made in plain.send(None):\n        made.charge()", {"Card.charge", "Cash.charge"}),
        ("return {key: made for key, made in providers.send(None)}", set[str]()),
    ],
)
def test_the_answers_of_a_signal_are_those_of_its_receivers(resolved: Resolved, body: str, called: set[str]) -> None:
    program = resolved({"shop.py": f"{SHOP}def work():\n    {body}\n"}, narrowed(read_libraries(), ["django"]).types)
    sites = program.sites(program.functions["shop.py::work"])
    reached = {target.function.id.partition("::")[2] for site in sites for target in site.targets}
    assert {name for name in reached if name.endswith("charge")} == called
