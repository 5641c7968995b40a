"""Receivers of signals that only some other module of the backend's process imports."""

from __future__ import annotations

import pytest

from tests.exporters.worker.conftest import Perform, context

FILES = {
    "shop/__init__.py": "",
    "shop/events.py": "from blinker import Namespace\nordered = Namespace().signal('ordered')\n",
    "shop/jobs.py": (
        "from shop.events import ordered\nheard = []\n\n"
        "def job(order):\n    ordered.send('shop', order=order)\n    return list(heard)\n"
    ),
    "shop/notices.py": (
        "from shop.events import ordered\nfrom shop.jobs import heard\n\n"
        "@ordered.connect\ndef tell(_sender, order):\n    heard.append(order)\n"
    ),
}
RUNS = """
- id: first
  function: shop.jobs:job
  parameters: [order]
  steps: [{type: step, id: does, call: "shop.jobs:job", inputs: {order: order}, outputs: {result: result}}]
"""


def test_what_receives_a_signal_is_there_when_a_step_sends_it(perform: Perform) -> None:
    calls = [("does", {"order": 7}, context(arguments={"order": 7}))]
    heads = ("start: first", "start: first\nloads: [shop.notices]")
    alone, with_receivers = (perform(FILES, RUNS, calls, head)[0] for head in heads)
    assert (alone["outputs"]["result"], with_receivers["outputs"]["result"]) == ([], [7])


def test_a_module_that_is_to_be_loaded_and_is_not_there_is_told_before_anything_runs(perform: Perform) -> None:
    with pytest.raises(AssertionError, match=r"No module named 'shop\.gone'"):
        perform(FILES, RUNS, [], "start: first\nloads: [shop.gone]")
