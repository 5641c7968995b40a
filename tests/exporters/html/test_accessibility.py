"""axe-core over every part of the report: no serious finding, in light and dark, on a wide screen and a phone's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from discover.cli.narrowing import sources_of
from discover.config import load_config
from discover.model import Graph
from discover.pipeline import scan

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

FINDINGS = """axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))"""
INDEX = ("", "#map", "#systems", "#findings", "#gaps", "#system=queue%3Ainventory", "#touches=http%3APOST%20%2Forders")
VIEW = ("#w=http%3APOST%20%2Forders",)
SCREENS = [
    pytest.param({"width": 1400, "height": 900}, id="wide"),
    pytest.param({"width": 390, "height": 844}, id="phone"),
]


def findings(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    return page.evaluate(FINDINGS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_no_part_of_the_index_keeps_people_out(
    open_page: Open, orders: Graph, axe: str, scheme: str, screen: dict[str, int]
) -> None:
    page = open_page(orders, color_scheme=scheme, viewport=screen)
    found: list[str] = []
    for address in INDEX:
        page.evaluate("(hash) => { location.hash = hash; }", address)
        page.wait_for_timeout(50)
        found += [f"{address or 'index'}: {one}" for one in findings(page, axe)]
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_no_part_of_a_workflows_view_keeps_people_out(
    open_page: Open, orders: Graph, axe: str, scheme: str, screen: dict[str, int]
) -> None:
    page = open_page(orders, VIEW[0], color_scheme=scheme, viewport=screen)
    found = findings(page, axe)
    page.focus("#net")
    page.keyboard.press("ArrowRight")
    page.locator("#panel h2").wait_for()
    found += findings(page, axe)
    if screen["width"] > 1000:
        page.click("#open-outline")
        found += findings(page, axe)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_of_a_bundled_backend_keeps_nobody_out(
    open_page: Open, lead_enrichment: Path, axe: str, scheme: str
) -> None:
    graph = scan(lead_enrichment, load_config(lead_enrichment), workers=1)
    page = open_page(graph, sources=sources_of(lead_enrichment), color_scheme=scheme)
    found: list[str] = []
    for address in ("", "#map", "#systems", "#system=service%3ASlack"):
        page.evaluate("(hash) => { location.hash = hash; }", address)
        page.wait_for_timeout(50)
        found += findings(page, axe)
    assert found == []


def test_the_check_itself_sees_what_is_wrong(open_page: Open, orders: Graph, axe: str) -> None:
    page = open_page(orders)
    page.evaluate("document.querySelector('#table tbody').append(document.createElement('button'))")
    page.evaluate("document.querySelector('.summary li').style.color = 'rgb(200, 200, 200)'")
    found = findings(page, axe)
    assert any(one.startswith("button-name") for one in found)
    assert any(one.startswith("color-contrast") for one in found)
