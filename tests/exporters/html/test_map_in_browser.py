"""The map in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from discover.model import Graph

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def test_the_run_map_shows_who_hands_work_to_whom_and_leads_to_workflows(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    assert not page.locator("#map").is_visible()
    page.click(".views >> text=Map")
    page.locator("#map").wait_for()
    assert not page.locator("#table").is_visible()
    card = page.locator(".run", has_text="Place order")
    assert "TaxJar" in card.inner_text()
    page.locator(".run a", has_text="charge_order").click()
    page.locator("#panel h2").wait_for()
    assert page.locator("#panel h2").inner_text() == "charge_order"
    page.click("text=All workflows")


def test_the_arrow_keys_follow_the_lines_of_the_map_and_light_the_way(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, "#map")
    page.locator(".run a", has_text="Place order").focus()
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == "reserve_stock"
    assert page.locator("path.lit").count() >= 3
    assert page.locator(".run.faint", has_text="audit_order").count() == 1
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "Place order"


def test_search_and_legend_filter_the_map(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, "#map")
    assert page.locator(".runs:visible").count() == 2
    page.fill("#search", "sift")
    assert page.locator("#count").inner_text() == "1 found"
    assert page.locator(".runs:visible").count() == 1
    assert page.locator(".run:not(.faint):visible a").all_inner_texts() == ["charge_order"]
    page.press("#search", "Enter")
    assert page.evaluate("document.activeElement.textContent") == "charge_order"
    page.fill("#search", "")
    page.click("#map .chip[data-filter=signal]")
    assert page.locator(".run:not(.faint):visible a").all_inner_texts() == ["audit_order"]


def test_without_javascript_the_map_stands_below_the_table(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, java_script_enabled=False)
    assert page.locator("#table").is_visible()
    assert page.locator(".run:visible").count() == 7
    assert page.locator(".run a").first.get_attribute("href").startswith("#w=")
