"""The map in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from discover.model import Effect, Graph, Hop, Run, Step, Workflow

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

SMALLEST = """
    const plane = document.querySelector(".plane");
    const parts = [...plane.querySelectorAll(".run *")];
    const texts = parts.filter((one) => !one.childElementCount && one.textContent.trim());
    const sizes = texts.map((one) => parseFloat(getComputedStyle(one).fontSize));
    Math.min(...sizes) * new DOMMatrix(getComputedStyle(plane).transform).a
"""
BEYOND = """
    const sheet = document.querySelector("#sheet");
    sheet.scrollWidth - sheet.clientWidth
"""


def wide() -> Graph:
    """Requests in two folders, more than one map holds; one of them hands work to the other folder."""
    workflows = [
        Workflow(
            id=f"w{number}",
            name=f"Request {number}",
            triggers=(),
            unit=f"shop/{'orders' if number % 2 else 'mail'}/views.py::view_{number}",
            score=1000 - number,
            body=(Step(id="s", name="Read"),),
        )
        for number in range(60)
    ]
    hop = Hop(id="h", name="Send", runs=("shop/mail/tasks.py::send",))
    run = Run(id="shop/mail/tasks.py::send", unit="shop/mail/tasks.py::send", kind="task", name="send", line=4)
    workflows.append(
        Workflow(
            id="place",
            name="Place",
            triggers=(),
            unit="shop/orders/views.py::place",
            score=5000,
            body=(hop,),
            runs=(run,),
        )
    )
    return Graph(root="shop", workflows=tuple(workflows))


def test_the_map_shows_who_hands_work_to_whom_and_leads_to_workflows(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    assert not page.locator("#map").is_visible()
    page.click(".views >> text=Map")
    page.locator("#map").wait_for()
    assert not page.locator("#table").is_visible()
    assert page.locator("#sheet .run:not(.system)").count() == 7
    assert page.locator("#sheet .system a").all_inner_texts() == ["order.paid"]
    assert page.locator("#sheet path.hop").count() == 5
    page.locator(".run a", has_text="charge_order").click()
    page.locator("#panel h2").wait_for()
    assert page.locator("#panel h2").inner_text() == "charge_order"
    page.click("text=All workflows")


def test_an_area_opens_its_own_map_and_the_trail_leads_back(open_page: Open) -> None:
    page = open_page(wide(), "#map")
    assert page.locator("#sheet .area").count() == 2
    assert page.locator("#sheet path.hop").count() == 1
    page.click("#sheet .area >> text=shop/orders")
    assert page.locator("#sheet .run:not(.foreign)").count() == 31
    assert "shop/mail" in page.locator("#sheet .foreign").inner_text()
    assert page.locator("#trail [aria-current]").inner_text() == "shop/orders"
    page.click("#trail >> text=shop")
    assert page.locator("#sheet .area").count() == 2
    assert page.evaluate("location.hash") == "#map"


def test_the_search_counts_runs_in_all_areas_and_dims_those_without_any(open_page: Open) -> None:
    page = open_page(wide(), "#map")
    page.fill("#search", "request 31")
    assert page.locator("#count").inner_text() == "1 found"
    assert page.locator(".run.faint").all_inner_texts()[0].startswith("shop/mail")
    page.press("#search", "Enter")
    page.keyboard.press("Enter")
    page.locator("#sheet .run:not(.area)").first.wait_for()
    assert page.locator("#count").inner_text() == "1 found"


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


def test_the_legend_filters_the_map(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, "#map")
    page.click("#map .chip[data-filter=signal]")
    assert page.locator(".run:not(.faint) a").all_inner_texts() == ["audit_order"]
    assert page.locator("#count").inner_text() == "1 found"


def test_the_map_opens_with_text_that_can_be_read_and_zooms(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, "#map", viewport={"width": 390, "height": 844})
    assert page.evaluate(SMALLEST) >= 11
    before = page.locator("#sheet .run").first.bounding_box()["width"]
    page.click("#map-closer")
    assert page.locator("#sheet .run").first.bounding_box()["width"] > before
    page.click("#map-fit")
    assert page.evaluate(BEYOND) <= 1


def test_words_on_the_map_stay_inside_their_cards(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, "#map")
    outside = """[...document.querySelectorAll('.run > :not(details)')].filter((one) => {
      const a = one.getBoundingClientRect(), b = one.parentElement.getBoundingClientRect();
      return a.right > b.right + 1 || a.bottom > b.bottom + 1;
    }).length"""
    assert page.evaluate(outside) == 0


def test_chips_stand_in_their_cards_where_the_layout_puts_them(open_page: Open) -> None:
    """The number of those that do not fit is a chip like all others."""
    tables = tuple(Step(id=f"s{at}", name="Read", effect=f"e{at}", unit="a.py::view", line=at) for at in range(12))
    effects = tuple(
        Effect(id=f"e{at}", kind="db_read", at="a.py::view", line=at, target=f"table_{at}") for at in range(12)
    )
    workflow = Workflow(id="w", name="Request", triggers=(), unit="a.py::view", body=tables)
    page = open_page(Graph(root="shop", workflows=(workflow,), effects=effects), "#map")
    tops = page.evaluate("[...document.querySelectorAll('.run .tag')].map((one) => [one.textContent, one.offsetTop])")
    assert any(text.startswith("+") for text, _ in tops)
    assert len({top for _, top in tops}) == 2


def test_without_javascript_the_map_is_a_list_of_runs(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, java_script_enabled=False)
    assert page.locator("#table").is_visible()
    listed = page.locator("#map li")
    assert listed.count() == 7
    assert "hands work to reserve_stock, audit_order" in page.locator("#map li", has_text="Place order").inner_text()
    assert page.locator("#map li a").first.get_attribute("href").startswith("#w=")
