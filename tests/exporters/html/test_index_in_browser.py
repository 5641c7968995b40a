"""The index in a real browser: its tables, the way into a workflow and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from discover.model import Graph
from exporters.html.additions import Additions

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def test_a_workflow_opens_from_the_index_and_the_way_leads_back(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    assert page.locator("#table tbody tr").count() == 2
    page.click("text=Place order")
    assert page.locator("#canvas").is_visible()
    assert int(page.get_attribute("#canvas", "data-cards")) > 20
    page.click("text=All workflows")
    page.locator("#table").wait_for()
    assert not page.locator("#canvas").is_visible()


def test_the_only_workflow_that_was_wanted_is_shown_first_and_leads_to_its_index(
    open_page: Open, orders: Graph
) -> None:
    alone = msgspec.structs.replace(orders, workflows=orders.workflows[:1])
    page = open_page(alone, additions=Additions(of=2))
    assert page.locator("#canvas").is_visible()
    assert page.locator("#title").inner_text() == "Place order"
    page.click("header >> text=Index")
    page.locator("#table").wait_for()
    assert not page.locator("#canvas").is_visible()
    assert "1\nof 2 workflows" in page.locator(".summary").inner_text()


def test_the_index_sorts_and_filters(open_page: Open, large: Graph) -> None:
    page = open_page(large)
    rows = page.locator("#table tbody tr")
    page.fill("#search", "tokens 7")
    assert page.locator("#table tbody tr:visible").count() == int(page.locator("#count").inner_text().split()[0]) > 0
    page.fill("#search", "")
    page.click("#table thead >> text=Workflow")
    names = rows.locator("th a").all_inner_texts()
    assert len(names) == 400
    assert names == sorted(names, key=str.lower)
    page.click("#table thead >> text=Steps")
    assert page.locator("#table th[aria-sort=descending]").inner_text().startswith("Steps")


def test_findings_are_told_with_place_and_reason_and_lead_to_the_step(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    page.click("#n1 td:nth-last-child(2) a")
    row = page.locator("#findings tbody tr:visible")
    assert row.count() == 1
    for word in ("warning", "No timeout", "An outside call without a timeout.", "payments/tasks.py:26"):
        assert word in row.inner_text()
    row.locator("a").click()
    page.locator("#canvas").wait_for()


def test_each_column_sorts_both_ways_and_says_so(open_page: Open, large: Graph) -> None:
    page = open_page(large)
    heads = page.locator("#table thead th")
    for number in range(heads.count()):
        head = heads.nth(number)
        before = head.get_attribute("aria-sort")
        head.locator("button").press("Enter")
        first = head.get_attribute("aria-sort")
        assert first in {"ascending", "descending"} and first != before
        head.locator("button").press("Enter")
        assert {first, head.get_attribute("aria-sort")} == {"ascending", "descending"}
        assert page.locator("#table th[aria-sort]").count() == 1


def test_a_long_table_is_laid_out_as_it_is_read_and_printed_whole(open_page: Open, large: Graph) -> None:
    page = open_page(large)
    rows = page.locator("#table tbody tr:visible")
    assert rows.count() == 150
    page.locator("#table .more").scroll_into_view_if_needed()
    later = page.locator("#table .later")
    later.nth(249).wait_for(state="detached")
    page.locator("#table .more").focus()
    page.keyboard.press("Enter")
    later.first.wait_for(state="detached")
    assert rows.count() == 400
    page.fill("#search", "users")
    assert page.locator("#count").inner_text() == "80 found"
    page.fill("#search", "")
    page.emulate_media(media="print")
    assert rows.count() == 400


@pytest.mark.parametrize("width", [1200, 390])
def test_a_row_shows_all_that_it_says_without_scrolling_to_the_side(open_page: Open, orders: Graph, width: int) -> None:
    page = open_page(orders)
    page.set_viewport_size({"width": width, "height": 800})
    room = page.locator("#table .table").bounding_box()
    cells = [cell.bounding_box() for cell in page.locator("#n1 > :visible").all()]
    assert len(cells) >= 8
    assert all(room["x"] <= cell["x"] and cell["x"] + cell["width"] <= room["x"] + room["width"] for cell in cells)
    assert "Certainty" in page.locator("#table thead").inner_text()


@pytest.mark.parametrize("section", ["table", "systems", "findings", "gaps"])
def test_a_phone_shows_each_table_without_scrolling_sideways(open_page: Open, orders: Graph, section: str) -> None:
    page = open_page(orders, f"#{section}", viewport={"width": 390, "height": 844})
    page.locator(f"#{section} tbody tr").first.wait_for()
    for row in page.locator(f"#{section} tbody > tr").all():
        assert row.evaluate("row => row.getBoundingClientRect().right") <= 390
        assert row.evaluate("row => [...row.children].every(cell => cell.getBoundingClientRect().right <= 390)")


@pytest.mark.parametrize("section", ["table", "systems"])
def test_a_number_on_a_phone_has_the_name_of_its_column(open_page: Open, orders: Graph, section: str) -> None:
    page = open_page(orders, f"#{section}", viewport={"width": 390, "height": 844})
    found = page.evaluate(
        """id => {
          const all = [...document.querySelectorAll(`#${id} thead th`)];
          const heads = all.map((head) => head.textContent.trim().toLowerCase());
          return [...document.querySelectorAll(`#${id} tbody tr`)].flatMap((row) => [...row.children].map((cell, at) =>
            [heads[at], cell.dataset.label ?? null, getComputedStyle(cell, "::before").content]));
        }""",
        section,
    )
    labels = [(head, label, shown) for head, label, shown in found if label is not None]
    assert labels
    for head, label, shown in labels:
        assert label == head
        assert shown in {f'"{label} "', f'"{label}" " "', 'attr(data-label) " "'}


def test_a_search_says_what_was_found_where_no_column_shows_it(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    page.fill("#search", "hubspot")
    assert page.locator("#table tbody tr:visible .why").all_inner_texts() == ["touches hubspot"]
    page.fill("#search", "import-orders")
    assert page.locator("#table tbody tr:visible .why").all_inner_texts()[0].startswith("also ")
    page.fill("#search", "place")
    assert page.locator(".why").count() == 0
