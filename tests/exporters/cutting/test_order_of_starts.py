"""A definition shows which of the runs that a step starts wait for which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from exporters.base import Loss
from exporters.canonical.load import parse_definition
from exporters.canonical.records import Definition, Start
from exporters.canonical.walk import all_elements
from exporters.canonical.write import definition_text
from exporters.cutting.export import definitions

CODE = """import requests
from celery import Celery, chain, group

app = Celery("x")


@app.task
def one(n):
    requests.post("https://a.example/one", json=n)


@app.task
def two(n):
    requests.post("https://a.example/two", json=n)


@app.task
def three(n):
    requests.post("https://a.example/three", json=n)


@app.task
def begin(n):
    {sent}
"""


@pytest.mark.parametrize(
    ("sent", "order"),
    [
        ("chain(one.s(n), two.s(), three.s()).apply_async()", {"one": None, "two": ("one",), "three": ("two",)}),
        ("chain(one.s(n), one.s(), two.s()).apply_async()", {"one": None, "two": None}),
        ("group(one.s(n), two.s(n)).apply_async()", {"one": None, "two": None}),
        ("one.apply_async((n,), link=two.s())", {"one": None, "two": ("one",)}),
        ("one.apply_async((n,), link=[two.s(), three.s()])", {"one": None, "two": ("one",), "three": ("one",)}),
        ("one.apply_async((n,), link=two.s(), link_error=three.s())", {"one": None, "two": ("one",), "three": None}),
    ],
    ids=["a chain", "a task twice in a chain", "a group", "a link", "two links", "a link for each end"],
)
def test_each_start_names_those_that_have_to_end_before(
    tree: Callable[[dict[str, str]], Path], sent: str, order: dict[str, tuple[str, ...] | None]
) -> None:
    made, _ = _exported(tree({"jobs.py": CODE.format(sent=sent)}))
    [definition] = [one for one in made if one.id.endswith("::begin")]
    starts = [one for one in all_elements(definition.runs[0]) if isinstance(one, Start)]
    assert {start.run: start.after for start in starts} == order
    assert parse_definition(definition_text(definition), "begin.yaml") == definition


def test_what_a_message_says_of_its_failure_is_a_loss(tree: Callable[[dict[str, str]], Path]) -> None:
    sent = "one.apply_async((n,), link=two.s(), link_error=three.s())"
    _, losses = _exported(tree({"jobs.py": CODE.format(sent=sent)}))
    [why] = [loss.why for loss in losses if loss.code == "failure-callback"]
    assert why.startswith("“Enqueue: three” is to begin when what is sent at jobs.py:")


def _exported(root: Path) -> tuple[list[Definition], list[Loss]]:
    return definitions(scan(root, load_config(root), workers=1), {"jobs.py": (root / "jobs.py").read_text()}.get)
