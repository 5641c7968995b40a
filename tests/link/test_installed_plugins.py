"""What is loaded by entry points is what the tree's own metadata declares, told as possible where several fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.link.open_ends import IMPORTED, INSTALLED
from discover.model import Graph

Scan = Callable[[Mapping[str, str]], Graph]

PYPROJECT = (
    '[project]\nname = "shop"\n'
    '[project.entry-points."shop.payments"]\ncard = "shop.card:Card"\ncash = "shop.cash:Cash"\n'
    '[project.entry-points."shop.exports"]\ncsv = "shop.card:export"\npdf = "shop.cash:export"\n'
)
PLUGIN = "class {name}:\n    def pay(self, order): ...\ndef export(order): ...\n"
FILES = {
    "pyproject.toml": PYPROJECT,
    "shop/__init__.py": "",
    "shop/card.py": PLUGIN.format(name="Card"),
    "shop/cash.py": PLUGIN.format(name="Cash"),
}
CARD, CASH = "shop/card.py::Card.pay", "shop/cash.py::Cash.pay"
CSV, PDF = "shop/card.py::export", "shop/cash.py::export"
METADATA = "from importlib.metadata import entry_points\n"
RESOURCES = "import pkg_resources\n"


def edges(graph: Graph) -> list[tuple[str, float]]:
    return sorted(
        (e.target, e.confidence) for e in graph.edges if e.source.endswith("::go") and "__init__" not in e.target
    )


def open_places(graph: Graph) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in graph.unresolved]


NAMED = [
    METADATA + "def go():\n    (found,) = entry_points(group='shop.exports', name='pdf')\n    found.load()(1)\n",
    METADATA + "def go():\n    entry_points(group='shop.exports')['pdf'].load()(1)\n",
    METADATA
    + "def go():\n    for e in entry_points().select(group='shop.exports', name='pdf'):\n        e.load()(1)\n",
    METADATA + "def go():\n    for e in entry_points(group='shop.exports').select(name='pdf'):\n        e.load()(1)\n",
    "import importlib.metadata as m\ndef go():\n    m.entry_points(group='shop.exports')['pdf'].load()(1)\n",
    "import importlib_metadata as m\ndef go():\n    m.entry_points(group='shop.exports')['pdf'].load()(1)\n",
    RESOURCES
    + "def go():\n    for e in pkg_resources.iter_entry_points('shop.exports', 'pdf'):\n        e.load()(1)\n",
    RESOURCES + "def go():\n    pkg_resources.load_entry_point('shop', 'shop.exports', 'pdf')(1)\n",
    "from stevedore import driver\ndef go():\n    driver.DriverManager('shop.exports', 'pdf').driver(1)\n",
    "from stevedore import ExtensionManager\ndef go():\n    ExtensionManager('shop.exports')['pdf'].plugin(1)\n",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_constant_name_leads_to_the_one_object_of_that_name(scan_source: Scan, text: str) -> None:
    graph = scan_source({**FILES, "app.py": text})
    assert edges(graph) == [(PDF, 0.95)]
    assert open_places(graph) == []


SEVERAL = [
    METADATA + "def go():\n    for e in entry_points(group='shop.payments'):\n        e.load()().pay(1)\n",
    METADATA + "def go():\n    for e in entry_points().get('shop.payments', []):\n        e.load()().pay(1)\n",
    METADATA + "def go(kind):\n    entry_points(group='shop.payments')[kind].load()().pay(1)\n",
    METADATA
    + "PLUGINS = {e.name: e.load() for e in entry_points(group='shop.payments')}\n"
    + "def go(kind):\n    PLUGINS[kind]().pay(1)\n",
    RESOURCES
    + "def go():\n    for e in pkg_resources.iter_entry_points('shop.payments'):\n        e.load()().pay(1)\n",
    (
        "from stevedore.driver import DriverManager\ndef go(kind):\n"
        "    manager = DriverManager(namespace='shop.payments', name=kind, invoke_on_load=True)\n"
        "    manager.driver.pay(1)\n"
    ),
    (
        "from stevedore.named import NamedExtensionManager\ndef go(kinds):\n"
        "    for e in NamedExtensionManager(namespace='shop.payments', names=kinds, invoke_on_load=True):\n"
        "        e.obj.pay(1)\n"
    ),
]


@pytest.mark.parametrize("text", SEVERAL)
def test_each_object_of_the_group_is_a_possible_target_with_a_reason(scan_source: Scan, text: str) -> None:
    graph = scan_source({**FILES, "app.py": text})
    assert edges(graph) == [(CARD, 0.7), (CASH, 0.7)]
    assert all("one of 2 in" in e.evidence for e in graph.edges if e.target in (CARD, CASH))
    assert open_places(graph) == []


def test_what_a_manager_maps_runs_with_each_extension(scan_source: Scan) -> None:
    text = (
        "from stevedore import extension\ndef one(ext, order):\n    ext.obj.pay(order)\n"
        "def go():\n    extension.ExtensionManager('shop.payments', invoke_on_load=True).map(one, 1)\n"
    )
    graph = scan_source({**FILES, "app.py": text})
    assert edges(graph) == [("app.py::one", 0.95)]
    assert sorted(e.target for e in graph.edges if e.source == "app.py::one") == [CARD, CASH]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("setup.cfg", "[metadata]\nname = shop\n[options.entry_points]\nshop.exports =\n  pdf = shop.cash:export\n"),
        ("setup.cfg", "[metadata]\nname = shop\n[entry_points]\nshop.exports =\n  pdf = shop.cash:export\n"),
        ("setup.py", "setup(entry_points={'shop.exports': ['pdf = shop.cash:export']})\n"),
        ("setup.py", "setup(entry_points='''\n[shop.exports]\npdf = shop.cash:export\n''')\n"),
        ("pyproject.toml", "[tool.poetry.plugins.'shop.exports']\npdf = 'shop.cash:export'\n"),
    ],
)
def test_groups_are_read_from_every_format(scan_source: Scan, file: str, text: str) -> None:
    app = METADATA + "def go():\n    for e in entry_points(group='shop.exports'):\n        e.load()(1)\n"
    files = {name: content for name, content in FILES.items() if name != "pyproject.toml"}
    assert edges(scan_source({**files, file: text, "app.py": app})) == [(PDF, 0.95)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (METADATA + "def go():\n    for e in entry_points(group='else'):\n        e.load()(1)\n", (4, INSTALLED)),
        (METADATA + "def go(g):\n    for e in entry_points(group=g):\n        e.load()(1)\n", (4, IMPORTED)),
        (RESOURCES + "def go():\n    pkg_resources.load_entry_point('a', 'else', 'b')(1)\n", (3, INSTALLED)),
        ("from stevedore import driver\ndef go():\n    driver.DriverManager('else', 'b').driver(1)\n", (3, INSTALLED)),
    ],
)
def test_a_group_that_nothing_declares_stays_open(scan_source: Scan, text: str, expected: tuple[int, str]) -> None:
    graph = scan_source({**FILES, "app.py": text})
    assert edges(graph) == []
    assert open_places(graph) == [expected]
