from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.link.unknown_libraries import UNDESCRIBED
from discover.model import Graph, Unresolved
from discover.terminal.unresolved import unresolved_list
from exporters.html.view.lookups import Lookups

HANDLER = """
    import flask
    app = flask.Flask(__name__)
    @app.post("/pay")
    def pay():
"""

CASES = {
    "a call of a library that nothing describes": (
        "import housepay\nhousepay.Charge.create(1)\nhousepay.Charge.create(2)",
        {"housepay": 2},
    ),
    "methods of its objects": (
        "import housepay\npayment = housepay.Payment(1)\npayment.create()\npayment.get()",
        {"housepay": 3},
    ),
    "what a catalog describes": ("import requests\nrequests.get('https://a.example', timeout=1)", {}),
    "what the language brings": ("import json\njson.dumps({})", {}),
    "what is known to do nothing outside": ("import numpy\nnumpy.zeros(3).sum()", {}),
    "what is done to data that it gave": (
        "import housepay\nfound = housepay.find(1)\nfound.get('a')\nfound.items()\nfound['a'].strip()",
        {"housepay": 1},
    ),
    "a fault of its own": ("import housepay\nraise housepay.errors.PaymentError('no')", {}),
    "packages below one name of many, each by itself": (
        "from google.cloud import kms, storage\nkms.Client().encrypt(1)\nstorage.Client().bucket('a')",
        {"google.cloud.kms": 2},
    ),
    "a library of which only the decorators are known": (
        "import pghistory\npghistory.create_event(1)",
        {"pghistory": 1},
    ),
    "a function within the function": (
        "import housepay\ndef charge():\n    housepay.charge()\nreturn charge",
        {"housepay": 1},
    ),
    "files of the tree that are left out": ("import tests.helpers\ntests.helpers.fill()", {}),
    "a module beside a script": ("import ledger\nledger.write(1)\nledger.gone(1)", {}),
}


@pytest.fixture
def scanned(tmp_path: Path) -> Callable[[Mapping[str, str]], Graph]:
    def run(files: Mapping[str, str]) -> Graph:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return scan(tmp_path, load_config(tmp_path), workers=1)

    return run


def handler(body: str) -> str:
    return textwrap.dedent(HANDLER).lstrip() + textwrap.indent(body, "    ") + "\n"


def told(graph: Graph) -> list[Unresolved]:
    return [one for one in graph.unresolved if one.reason == UNDESCRIBED]


def uses(graph: Graph) -> dict[str, int]:
    return {one.library.name: one.library.calls for one in told(graph) if one.library is not None}


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES)
def test_a_library_that_nothing_describes_is_told_once_with_the_number_of_its_calls(
    scanned, body: str, expected: dict[str, int]
):
    files = {
        "app.py": handler(body),
        "tests/test_app.py": "def test_it(): ...\n",
        "tests/helpers.py": "def fill(): ...\n",
    }
    assert uses(scanned({**files, "ledger.py": "def write(n): ...\n"})) == expected


def test_what_no_entry_point_reaches_is_not_told(scanned):
    text = handler("return 1") + "def unused():\n    import housepay\n    housepay.charge()\n"
    assert uses(scanned({"app.py": text})) == {}


def test_a_module_of_the_same_name_in_a_package_hides_no_library(scanned):
    files = {
        "shop/__init__.py": "",
        "shop/housepay/__init__.py": "",
        "shop/housepay/views.py": handler("import housepay\nhousepay.charge()"),
    }
    assert uses(scanned(files)) == {"housepay": 1}


def test_a_catalog_in_the_line_that_is_given_settles_it(tmp_path: Path, scanned):
    files = {"app.py": handler("import housepay\nhousepay.Charge().create(1)")}
    [one] = told(scanned(files))
    assert one.library is not None
    text = one.library.catalog.replace("kind: …", "kind: http").replace("service: …", "service: House Pay")
    folder = tmp_path / "undercurrent/catalogs"
    folder.mkdir(parents=True)
    (folder / "housepay.yaml").write_text(text)
    graph = scanned(files)
    assert told(graph) == []
    assert [(effect.service, effect.line) for effect in graph.effects if effect.detail] == [("House Pay", 6)]


def test_a_users_catalog_may_say_that_a_library_does_nothing_outside(scanned):
    files = {
        "app.py": handler("import housepay\nhousepay.charge()"),
        "undercurrent/catalogs/housepay.yaml": "{library: housepay, imports: [housepay], harmless: {housepay: adds}}\n",
    }
    assert told(scanned(files)) == []


def test_the_list_begins_with_the_library_of_the_most_calls(scanned):
    body = "import aa, zz\naa.send()\n" + "zz.send()\n" * 3
    shown = unresolved_list(scanned({"app.py": handler(body)}), columns=200)
    lines = [line.strip() for line in shown.splitlines() if " first at " in line]
    assert lines == [
        "zz: 3 calls (zz.send); first at app.py:7 in pay",
        "aa: 1 call (aa.send); first at app.py:6 in pay",
    ]
    assert "undercurrent/catalogs/NAME.yaml" in shown


def test_a_page_tells_it_at_each_place_that_it_knows(scanned):
    text = handler("import housepay\nhousepay.a()\nother()") + "def other():\n    import housepay\n    housepay.b()\n"
    lookups = Lookups(scanned({"app.py": text}))
    found = [lookups.unresolved_in(lookups.unit(f"app.py::{name}")) for name in ("pay", "other")]
    assert [(one.at, one.line) for [one] in found] == [("app.py::pay", 6), ("app.py::other", 10)]


def test_every_call_of_a_library_is_in_the_document_with_what_would_settle_it_alone(scanned):
    body = "import housepay\n" + "".join(f"housepay.Charge.create({n})\n" for n in range(30)) + "housepay.close()\n"
    [one] = told(scanned({"app.py": handler(body)}))
    assert one.library is not None
    assert one.library.calls == 31
    assert [place.line for place in one.library.places] == list(range(6, 37))
    assert {place.what for place in one.library.places} == {"housepay.Charge.create", "housepay.close"}
    last = 'effects: [{add: {unit: "app.py::pay", call: "housepay.close", kind: …, service: …}}]'
    assert one.library.places[-1].correction == last


def test_the_list_holds_every_call_when_it_is_asked_for(scanned):
    graph = scanned({"app.py": handler("import housepay\nhousepay.send()\nhousepay.close()")})
    short, whole = unresolved_list(graph, columns=200), unresolved_list(graph, columns=200, all_calls=True)
    assert "--all-calls lists each of the 2 calls" in short
    assert "app.py:7 in pay: housepay.close" not in short
    assert "    app.py:7 in pay: housepay.close\n        effects: [{add:" in whole
    assert "--all-calls" not in whole


@pytest.mark.parametrize(
    "correction",
    [
        'effects: [{add: {unit: "app.py::pay", call: "housepay.send", kind: http, service: House Pay}}]',
        'links: [{add: {from: "app.py::pay", call: "housepay.send", to: "app.py::later", kind: dispatch}}]',
    ],
)
def test_a_correction_of_one_call_takes_that_call_alone(scanned, correction: str):
    text = handler("import housepay\nhousepay.send()\nhousepay.close()") + "def later(): ...\n"
    graph = scanned({"app.py": text, "undercurrent.yaml": f"corrections: {{{correction}}}\n"})
    assert [one.matched for one in graph.corrections] == [1]
    [one] = told(graph)
    assert one.library is not None
    assert [place.what for place in one.library.places] == ["housepay.close"]
