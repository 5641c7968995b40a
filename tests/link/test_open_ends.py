from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from discover import load_config, scan
from discover.link.open_ends import CONFIGURED, CROWDED, DECORATED, IMPORTED, NOBODY_RECEIVES, OF_UNKNOWN, PICKED
from discover.model import Graph
from discover.terminal.unresolved import unresolved_list

FILES = {
    "unknown handler": (
        """
        from apscheduler.schedulers.background import BackgroundScheduler
        scheduler = BackgroundScheduler()
        def start(job):
            scheduler.add_job(load(job), "interval", seconds=5)
        """,
        [("start", 5, "apscheduler", NOBODY_RECEIVES)],
    ),
    "a task of another service": (
        """
        from celery import Celery
        app = Celery("shop")
        def pay(order):
            app.send_task("warehouse.ship", args=[order])
        """,
        [("pay", 5, "warehouse.ship", NOBODY_RECEIVES)],
    ),
    "what data picks": (
        """
        def handle(plugin, name, kind):
            getattr(plugin, name)(1)
            load_table()[kind](2)
        """,
        [("handle", 3, "getattr(plugin, name)(…)", PICKED), ("handle", 4, "load_table()[kind](…)", PICKED)],
    ),
    "what is known is not open": (
        """
        TABLE = {"a": print}
        class Plugin:
            def run(self, n): ...
        def handle(kind):
            getattr(Plugin(), "run")(1)
            TABLE[kind](2)
        """,
        [],
    ),
    "a method of an unknown object, overridden in the project": (
        """
        from house import load_plugin
        class Issuer:
            def create_certificate(self): ...
        class Acme(Issuer):
            def create_certificate(self): ...
        class Digi(Issuer):
            def create_certificate(self): ...
        class Other(Issuer):
            def create_certificate(self): ...
        def issue(name, table):
            for entry in table:
                entry.create_certificate()
                entry.save()
        """,
        [("issue", 13, "entry.create_certificate(…)", OF_UNKNOWN)],
    ),
    "a method that every text has, too": (
        """
        class Page:
            def title(self): ...
        class Chapter(Page):
            def title(self): ...
        class Note:
            def casefold(self): ...
        def tell(rows):
            for row in rows:
                row.title()
                row.name.casefold()
        """,
        [],
    ),
    "an import by data": (
        """
        import importlib
        def load(name):
            return importlib.import_module(name)
        def known():
            return importlib.import_module("json")
        """,
        [("load", 4, "importlib.import_module(name)", IMPORTED)],
    ),
    "a configuration of an app by data": (
        """
        from django.apps import apps
        def mail(label):
            apps.get_app_config(label).client.send()
            apps.get_app_config("auth").client.send()
        """,
        [("mail", 4, "apps.get_app_config(label)", CONFIGURED)],
    ),
    "decorators of unknown libraries": (
        """
        import functools
        import house
        @house.job("mail")
        def send(): ...
        @functools.cache
        def memo(): ...
        class Order:
            @property
            def price(self): ...
            @price.setter
            def price(self, value): ...
        """,
        [("send", 4, "@house.job('mail')", DECORATED)],
    ),
}


@pytest.fixture
def scanned(tmp_path: Path) -> Callable[[str], Graph]:
    def run(text: str) -> Graph:
        (tmp_path / "app.py").write_text(textwrap.dedent(text))
        return scan(tmp_path, load_config(tmp_path), workers=1)

    return run


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_what_may_hide_a_hop_is_told_with_its_reason(scanned, text: str, expected: list[tuple[str, int, str, str]]):
    graph = scanned(text)
    found = [(one.at.partition("::")[2], one.line, one.what, one.reason) for one in graph.unresolved]
    assert found == expected


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_each_has_a_correction_that_is_yaml_with_one_thing_to_fill_in(scanned, text: str, expected: list[object]):
    for one in scanned(text).unresolved:
        entries = yaml.safe_load(one.correction)
        assert one.correction.count("…") >= 1
        assert set(entries) <= {"links", "entry_points"}


def test_the_correction_settles_it_once_it_is_filled_in(tmp_path: Path, scanned):
    text = """
        def handle(plugin, name):
            getattr(plugin, name)(1)
        def run(n): ...
    """
    correction = scanned(text).unresolved[0].correction.replace("…", "app.py::run")
    (tmp_path / "undercurrent.yaml").write_text(f"corrections:\n  {correction}\n")
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    assert graph.unresolved == ()
    assert [(edge.source, edge.target) for edge in graph.edges] == [("app.py::handle", "app.py::run")]


def test_a_schedule_of_a_lost_task_is_settled_by_a_schedule(scanned):
    [one] = scanned("import celery\nCELERY_BEAT_SCHEDULE = {'a': {'task': 'shop.gone', 'schedule': 3}}\n").unresolved
    assert one.correction == 'entry_points: [{add: {unit: "…", kind: schedule}}]'


def test_the_list_counts_by_reason(scanned):
    shown = unresolved_list(scanned(FILES["what data picks"][0]), columns=200)
    assert shown.startswith("2 places that may hide a hop\n")
    assert f"{PICKED}: 2\n" in shown
    assert 'links: [{add: {from: "app.py::handle", call: "getattr(plugin, name)", to: "…"}}]' in shown


def test_nothing_open_is_said_plainly(scanned):
    assert unresolved_list(scanned("x = 1\n"), columns=80).startswith("Nothing is unresolved")


def test_a_call_that_is_cut_off_is_told(scanned):
    classes = "\n".join(f"class C{n}(Base):\n    def run(self): ..." for n in range(400))
    graph = scanned(f"class Base:\n    def run(self): ...\n{classes}\ndef go(b: Base):\n    b.run()\n")
    assert [one.reason for one in graph.unresolved] == [CROWDED]
