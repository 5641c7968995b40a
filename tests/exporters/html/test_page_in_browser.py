"""The page as a reader has it: opened from a file, in a real headless browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from discover.model import Graph
from exporters.html.export import export
from exporters.shared.compose import SceneCard, compose
from exporters.shared.diagram import diagram_of, open_at_first
from exporters.shared.layout import CARD_HEIGHT
from exporters.shared.words import node_kind

pytestmark = pytest.mark.browser

ORDERS = "#w=http%3APOST%20%2Forders"

Open = Callable[..., Any]


def press(page: Any, *keys: str) -> None:
    page.focus("#net")
    for key in keys:
        page.keyboard.press(key)


def title(page: Any) -> str:
    return page.locator("#panel h2").inner_text()


def test_the_page_asks_nobody_for_anything(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
    assert page.evaluate("typeof META === 'undefined' && typeof state === 'undefined'")


def test_the_policy_stops_scripts_that_are_not_the_pages_own(browser: Any, tmp_path: Path, orders: Graph) -> None:
    text = export(orders, lambda _: None, title="Shop").artifacts[0].text
    file = tmp_path / "report.html"
    file.write_text(text.replace("</body>", "<script>window.hacked=1</script></body>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("window.hacked === undefined")
    page.close()


def hostile_source(path: str) -> str:
    return f"# {path}\n</script><script>window.hacked=1</script>\n" * 30


def test_names_that_are_code_stay_text(open_page: Open, hostile: Graph) -> None:
    page = open_page(hostile, sources=hostile_source)
    page.click("#table tbody a")
    page.click("#open-outline")
    buttons = page.locator("#outline button")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        assert title(page)
    page.click("#about")
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("#panel img, #outline img, #table tbody img, #panel script").count() == 0
    assert "{{ 7*7 }} {# gone #} {% raw %}" in page.locator("#outline").inner_text()


def test_every_step_is_reached_by_the_keyboard(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    press(page, "ArrowRight")
    assert title(page) == "POST /orders"
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    assert title(page) == "price_order"
    before = int(page.get_attribute("#canvas", "data-cards"))
    press(page, "Enter")
    after = int(page.get_attribute("#canvas", "data-cards"))
    assert after != before
    press(page, "Enter", "ArrowLeft")
    assert title(page) == "customer is blocked?"
    press(page, "ArrowDown")
    assert title(page) == "403 Forbidden"
    page.keyboard.press("Escape")
    assert not page.locator("#panel").is_visible()


def test_a_step_shows_its_source_with_the_lines_marked(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#open-outline")
    page.click("#outline >> text=Insert pending order")
    assert page.locator("#panel pre .hit").first.inner_text().startswith("def line_")
    assert page.locator("#panel .place").inner_text().startswith("api/orders.py:")
    assert page.locator("#panel >> text=Comes from").count() == 1


def test_a_link_leads_to_the_step_it_was_copied_from(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#open-outline")
    page.click("#outline >> text=Read coupon")
    address = page.evaluate("location.hash")
    assert "&s=" in address
    again = open_page(orders, address)
    assert title(again) == "Read coupon"


def test_search_finds_steps_and_opens_what_hides_them(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#fold")
    page.keyboard.press("/")
    page.keyboard.type("taxjar")
    assert page.locator("#count").inner_text() == "1 found"
    page.keyboard.press("Enter")
    assert title(page) == "Fetch tax rate"


def test_the_legend_filters_kinds(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    chip = page.locator("#legend .chip", has_text="Decision")
    before = page.locator("#net canvas").screenshot()
    chip.click()
    assert chip.get_attribute("aria-pressed") == "false"
    page.wait_for_timeout(100)
    assert page.locator("#net canvas").screenshot() != before


def test_the_page_follows_the_systems_colours_and_can_be_switched(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS, color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 246, 248)"


def test_without_javascript_every_step_is_listed_as_text(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, java_script_enabled=False)
    page.click("text=Place order")
    text = page.locator("body").inner_text()
    for word in (
        "Insert pending order",
        "Read coupon",
        "Create payment intent",
        "Send mail",
        "Append to audit log",
        "CardError",
    ):
        assert word in text
    assert page.locator("section li").count() > 60


def test_a_phone_shows_a_page_no_wider_than_itself(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("text=Place order")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def corner(card: SceneCard) -> str:
    """How the outline of a card's shape begins."""
    kind = node_kind(card.placed.card.node) if card.placed.card.node else "entry"
    inset = {"decision": 14, "one_of": 14, "parallel": 14, "hop": 6, "entry": CARD_HEIGHT // 2, "end": CARD_HEIGHT // 2}
    return f"M{card.x + inset.get(kind, 9)} {card.y}L"


@pytest.mark.parametrize("all_open", [True, False])
def test_the_browser_puts_everything_where_python_says(open_page: Open, orders: Graph, all_open: bool) -> None:
    page = open_page(orders, ORDERS)
    diagram = diagram_of(orders.workflows[0], {one.id: one for one in orders.triggers})
    if all_open:
        page.click("#unfold")
    scene = compose(diagram, set(diagram.sizes) if all_open else open_at_first(diagram))
    with page.expect_download() as started:
        page.click("#save-svg")
    saved = started.value.path().read_text(encoding="utf-8")
    assert f'viewBox="0 0 {scene.width} {scene.height}"' in saved
    assert int(page.get_attribute("#canvas", "data-cards")) == len(scene.cards)
    paths = re.findall(r'<path d="([^"]*)"', saved)
    for card in scene.cards.values():
        assert any(path.startswith(corner(card)) for path in paths), card.placed.card.key
    for route in [*(route for route, _ in scene.routes), *scene.hops]:
        (x, y), (to_x, to_y) = route.points[0], route.points[-1]
        assert any(path.startswith(f"M{x} {y}L") and path.endswith(f"L{to_x} {to_y}") for path in paths), route
