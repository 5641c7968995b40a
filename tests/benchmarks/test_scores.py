"""The scores over a small truth of which every figure can be counted by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backends import BACKENDS, NAMES, Backend, checkout, named
from benchmarks.document import Scan, clean
from benchmarks.measures import Measure
from benchmarks.processes import instructions, measure
from benchmarks.score_paths import score_paths
from benchmarks.score_registries import normal_path, score_registries
from benchmarks.score_workflows import score_label, total
from benchmarks.tables import markdown, put
from benchmarks.truth import FOLDER, Truth

DOCUMENT: dict[str, Any] = {
    "triggers": [
        {"kind": "http", "handler": "a.py::list_orders", "detail": {"path": "/orders"}},
        {"kind": "http", "handler": "a.py::Orders", "detail": {"path": "/orders/{id}"}},
        {"kind": "http", "handler": "a.py::invented", "detail": {"path": "/nowhere"}},
        {"kind": "task", "handler": "t.py::pay", "detail": {}},
        {"kind": "task", "handler": "t.py::invented", "detail": {}},
        {"kind": "command", "handler": "c.py::Command.handle"},
        {"kind": "schedule", "handler": "t.py::clean"},
        {"kind": "signal", "handler": "s.py::on_paid"},
    ],
    "effects": [{"kind": "db_write", "at": "t.py::pay"}, {"kind": "sdk", "at": "t.py::outer.<locals>.charge"}],
    "edges": [
        {"from": "a.py::list_orders", "to": "a.py::load", "kind": "call"},
        {"from": "a.py::load", "to": "t.py::pay", "kind": "dispatch"},
        {"from": "t.py::pay", "to": "s.py::on_paid", "kind": "signal"},
    ],
}
TRUTH = {
    "routes": [
        {"path": "^orders$", "handler": "a.py::list_orders"},
        {"path": "/orders/<int:id>", "handler": "a.py::Orders.get"},
        {"path": "/missed", "handler": "a.py::missed"},
    ],
    "tasks": [
        {"name": "t.pay", "handler": "t.py::pay"},
        {"name": "t.clean", "handler": "t.py::clean"},
        {"name": "command:handle", "handler": "c.py::Command.handle"},
    ],
    "schedules": [{"name": "nightly", "task": "t.clean"}, {"name": "hourly", "task": "t.pay"}],
    "receivers": [{"handler": "s.py::on_paid"}, {"handler": "s.py::missed"}],
    "paths": [
        {
            "kind": "dispatch",
            "target": "t.pay",
            "site": "a.py::load",
            "chain": ["a.py::list_orders", "a.py::load", "a.py::load"],
            "entry": "a.py::list_orders",
        },
        {"kind": "dispatch", "target": "pay", "site": "x.py::y", "chain": ["x.py::y"]},
        {
            "kind": "signal",
            "site": "t.py::pay",
            "chain": ["t.py::pay"],
            "detail": "s.py:on_paid,s.py:missed",
        },
        {"kind": "db_write", "site": "t.py::pay", "chain": ["a.py::missed", "t.py::pay"], "entry": "a.py::missed"},
        {"kind": "http", "site": "t.py::outer.<locals>.charge", "chain": ["t.py::outer.<locals>.charge"]},
        {"kind": "email", "site": "t.py::pay", "chain": ["t.py::pay"]},
    ],
}
LABEL = """\
trigger: {handler: "a.py::list_orders"}
nodes:
  - {id: list, at: "a.py::list_orders", kind: entry}
  - {id: pay, at: "t.py::pay", kind: task}
  - {id: mail, at: "t.py::mail", kind: function}
  - {id: queue, at: "a.py::load", kind: effect, effect: enqueue}
  - {id: row, at: "t.py::pay", kind: effect, effect: db_write}
  - {id: call, at: "t.py::pay", kind: effect, effect: http}
edges:
  - {from: list, to: pay, via: enqueue}
  - {from: pay, to: mail, via: call}
  - {from: pay, to: row, via: call}
"""


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    (tmp_path / "scan.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return Scan(tmp_path / "scan.json")


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    for name, rows in TRUTH.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return Truth(tmp_path)


def figures(measures: list[Measure]) -> dict[str, tuple[int, int, float | None]]:
    return {measure.name: (measure.found, measure.total, measure.precision) for measure in measures}


def test_registries_are_counted(scan: Scan, truth: Truth):
    assert figures(score_registries(scan, truth)) == {
        "route handlers": (2, 3, 0.6667),
        "route path+handler": (2, 3, 0.6667),
        "tasks": (2, 2, 0.5),
        "commands": (1, 1, 1.0),
        "schedules": (1, 2, 1.0),
        "signal receivers": (1, 2, 1.0),
    }


def test_paths_are_counted(scan: Scan, truth: Truth):
    assert figures(score_paths(scan, truth)) == {
        "dispatch edges": (1, 2, None),
        "signal edges": (1, 2, None),
        "call pairs on paths": (1, 2, None),
        "entry reaches site": (1, 2, None),
        "effect http": (1, 1, None),
        "effect email": (0, 1, None),
        "effect db_write": (1, 1, None),
    }


def test_a_label_is_counted(scan: Scan, tmp_path: Path):
    (tmp_path / "label.yaml").write_text(LABEL, encoding="utf-8")
    score = score_label(scan, tmp_path / "label.yaml")
    assert score.counts == {
        "triggers": (1, 1),
        "edges": (1, 2),
        "hops": (1, 1),
        "effects": (2, 3),
        "reached": (1, 2),
    }
    assert total([score, score]).counts["effects"] == (4, 6)


def test_misses_are_named(scan: Scan, truth: Truth):
    misses = {measure.name: measure.misses for measure in score_registries(scan, truth)}
    assert misses["route handlers"] == ("a.py::missed",)
    assert misses["schedules"] == ("hourly t.py::pay",)


def test_a_prefix_places_a_scan_of_a_folder_below_the_root(tmp_path: Path):
    (tmp_path / "scan.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    assert "src/t.py::pay" in Scan(tmp_path / "scan.json", "src/").handlers("task")


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        (r"^orders/(?P<id>\d+)/$", "/orders/{}"),
        ("/orders/<int:id>/", "/orders/{}"),
        ("/orders/{order_id}", "/orders/{}"),
        (r"^(?P<org>(a|b)+)/x\Z", "/{}/x"),
    ],
)
def test_paths_of_all_frameworks_have_one_form(path: str, normal: str):
    assert normal_path(path) == normal


@pytest.mark.parametrize("name", ["redash", "healthchecks", "pretix"])
def test_the_recorded_truth_can_be_read(name: str):
    truth = Truth(FOLDER / name)
    assert truth.routes
    assert truth.tasks
    assert truth.events


def test_a_command_costs_what_its_processes_cost():
    spin = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {spin!r}])"
    hold = "x = bytearray(120_000_000)\nimport time\ntime.sleep(0.3)"
    assert measure([sys.executable, "-c", child]).cpu > 0.4
    assert measure([sys.executable, "-c", hold]).memory > 110


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs Valgrind")
def test_the_instructions_of_children_are_counted_with_those_of_a_command():
    alone = instructions(["/bin/true"])
    assert 1.5 * alone < instructions(["/bin/sh", "-c", "/bin/true; /bin/true; exit 0"])


def test_a_table_takes_its_place_in_a_page(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- /x -->\nb\n", encoding="utf-8")
    put(page, "x", markdown(["k", "v"], [["a", "1"]]))
    assert page.read_text(encoding="utf-8") == "a\n<!-- x -->\n| k | v |\n| --- | ---: |\n| a | 1 |\n<!-- /x -->\nb\n"
    with pytest.raises(SystemExit, match="no markers"):
        put(page, "y", "")


def test_both_benchmarks_choose_from_the_same_pinned_backends():
    assert [backend.name for backend in named(["saleor", "redash"])] == ["redash", "saleor"]
    assert [backend.name for backend in named(())] == list(NAMES)
    for backend in BACKENDS:
        assert bool(backend.commit) != bool(backend.distribution)
        assert backend.distribution or len(backend.commit) >= 12
        assert backend.has_truth == (FOLDER / backend.name).is_dir()


def test_a_checkout_that_is_there_is_used_as_it_stands(tmp_path: Path):
    (tmp_path / "netbox").mkdir()
    assert checkout(named(["netbox"])[0], tmp_path) == tmp_path / "netbox"


def test_a_backend_is_fetched_at_its_commit_and_whole(tmp_path: Path):
    source = tmp_path / "source"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(source)]
    subprocess.run(["git", "init", "--quiet", str(source)], check=True)
    for text in ("old", "new"):
        (source / "a.py").write_text(text, encoding="utf-8")
        subprocess.run([*git, "add", "a.py"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", text], check=True)
    old = subprocess.run([*git, "rev-parse", "HEAD~1"], check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "into" / "shop.partial").mkdir(parents=True)
    target = checkout(Backend("shop", source.as_uri(), old), tmp_path / "into")
    assert (target / "a.py").read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in (tmp_path / "into").iterdir()] == ["shop"]


def test_a_setter_has_the_name_under_which_it_runs() -> None:
    assert clean("a.py::Order.price.setter") == clean("a.py::Order.price") == "a.py::Order.price"
    assert clean("a.py::outer.<locals>.inner") == "a.py::outer.inner"
    assert clean("a.py::setter") == "a.py::setter"
