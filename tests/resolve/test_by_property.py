"""An object of which nothing is known, asked for what a property looks up in a registry."""

from __future__ import annotations

import pytest

from tests.resolve.conftest import Resolved

PLUGINS = """
    class Mail:
        slug = "mail"
        def send(self, text): ...
    class Chat:
        slug = "chat"
        def send(self, text): ...
    class Known:
        def __init__(self): self.all = [Mail(), Chat()]
        def get(self, slug):
            for one in self.all:
                if one.slug == slug:
                    return one
    known = Known()
    class Notice:
        @property
        def plugin(self): return known.get(self.plugin_name)
    class Target:
        @property
        def plugin(self): return known.get(self.plugin_name)
"""


def sent(resolved: Resolved, more: str, call: str = "row.plugin.send(1)") -> list[tuple[str, float]]:
    """What the call in `m.py` runs, with how sure that is."""
    program = resolved({"m.py": PLUGINS + more + f"    def tell(row): {call}\n"})
    return [
        (target.function.id, target.confidence)
        for site in program.sites(program.functions["m.py::tell"])
        for target in site.targets
        if target.function.record.name == "send"
    ]


def test_every_object_of_the_registry_is_a_weak_answer(resolved: Resolved) -> None:
    assert sent(resolved, "") == [("m.py::Mail.send", 0.4), ("m.py::Chat.send", 0.4)]


def test_a_known_object_asks_its_own_property(resolved: Resolved) -> None:
    assert {sure for _, sure in sent(resolved, "", "Notice().plugin.send(1)")} == {0.7}


@pytest.mark.parametrize(
    "more",
    [
        "    class Other:\n        @property\n        def plugin(self): return Mail()\n",
        "    class Other:\n        def __init__(self, plugin): self.plugin = plugin\n",
        "    class Other:\n        def plugin(self): return known.get(1)\n",
    ],
    ids=["another property gives one thing", "a plain attribute", "a method"],
)
def test_nothing_is_meant_where_the_name_stands_for_other_things_too(resolved: Resolved, more: str) -> None:
    assert sent(resolved, more) == []
