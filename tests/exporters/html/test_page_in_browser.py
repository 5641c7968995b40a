"""The page as a reader has it: opened from a file, in a real headless browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from discover.model import Graph
from exporters.base import Sources
from exporters.html.export import export

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ORDERS = "#w=http%3APOST%20%2Forders"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("UNDERCURRENT_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: install it, or name it in UNDERCURRENT_BROWSER")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path, order_sources: Sources) -> Iterator[Open]:
    """Opens a graph's report and watches it: any error or request fails the test."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def said(message: Any) -> None:
        troubles.append(f"console: {message.text}")

    def failed(error: Any) -> None:
        troubles.append(f"error: {error}")

    def asked(request: Any) -> None:
        if request.url.partition("#")[0] != (tmp_path / "report.html").as_uri():
            troubles.append(request.url)

    def start(graph: Graph, address: str = "", sources: Sources = order_sources, **context: Any) -> Any:
        file = tmp_path / "report.html"
        file.write_text(export(graph, sources, title="Shop").artifacts[0].text, encoding="utf-8", newline="\n")
        contexts.append(
            browser.new_context(viewport=context.pop("viewport", {"width": 1400, "height": 900}), **context)
        )
        page = contexts[-1].new_page()
        page.on("console", said)
        page.on("pageerror", failed)
        page.on("request", asked)
        page.goto(file.as_uri())
        if address:
            page.goto(f"{file.as_uri()}{address}")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not troubles


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


def test_a_workflow_opens_from_the_index_and_the_way_leads_back(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    assert page.locator("#workflows tr").count() == 2
    page.click("text=Place order")
    assert page.locator("#canvas").is_visible()
    assert int(page.get_attribute("#canvas", "data-cards")) > 20
    page.click("text=All workflows")
    page.locator("#workflows").wait_for()
    assert not page.locator("#canvas").is_visible()


def hostile_source(path: str) -> str:
    return f"# {path}\n</script><script>window.hacked=1</script>\n" * 30


def test_names_that_are_code_stay_text(open_page: Open, hostile: Graph) -> None:
    page = open_page(hostile, sources=hostile_source)
    page.click("#workflows a")
    page.click("#steps")
    buttons = page.locator("#outline button")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        assert title(page)
    page.click("#about")
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("#panel img, #outline img, #workflows img, #panel script").count() == 0
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
    page.click("#steps")
    page.click("#outline >> text=Insert pending order")
    assert page.locator("#panel pre .hit").first.inner_text().startswith("def line_")
    assert "api/orders.py:" in page.locator("#panel dl").inner_text()
    assert page.locator("#panel >> text=Comes from").count() == 1


def test_a_link_leads_to_the_step_it_was_copied_from(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#steps")
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


def test_the_index_sorts_and_filters(open_page: Open, large: Graph) -> None:
    page = open_page(large)
    rows = page.locator("#workflows tr")
    page.fill("#search", "tokens 7")
    assert page.locator("#workflows tr:visible").count() == int(page.locator("#count").inner_text().split()[0]) > 0
    page.fill("#search", "")
    page.click("thead >> text=Workflow")
    names = rows.locator("th a").all_inner_texts()
    assert len(names) == 400
    assert names == sorted(names, key=str.lower)
    page.click("thead >> text=Steps")
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Steps")


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


def test_printing_draws_the_view_as_svg(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#print svg").is_visible()
    assert "Insert pending" in page.locator("#print svg").text_content()


def test_a_phone_shows_a_page_no_wider_than_itself(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("text=Place order")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_browser_puts_cards_where_python_says(open_page: Open, orders: Graph) -> None:
    from exporters.shared.compose import compose
    from exporters.shared.diagram import diagram_of

    page = open_page(orders, ORDERS)
    page.click("#unfold")
    diagram = diagram_of(orders.workflows[0], {one.id: one for one in orders.triggers})
    scene = compose(diagram, set(diagram.sizes))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_attribute("#print svg", "viewBox") == f"0 0 {scene.width} {scene.height}"
    assert int(page.get_attribute("#canvas", "data-cards")) == len(scene.cards)
    places = page.eval_on_selector_all("#print svg path", "paths => paths.map(path => path.getAttribute('d'))")
    decision = next(card for card in scene.cards.values() if card.placed.card.kind == "decision")
    assert any(place and place.startswith(f"M{decision.x + 14} {decision.y}L") for place in places)


def test_the_run_map_shows_who_hands_work_to_whom_and_leads_to_workflows(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    assert not page.locator("#map").is_visible()
    page.click("text=Run map")
    page.locator("#map").wait_for()
    assert not page.locator("#table").is_visible()
    card = page.locator(".run", has_text="Place order")
    assert "TaxJar" in card.inner_text()
    page.locator(".run a", has_text="charge_order").click()
    page.locator("#panel h2").wait_for()
    assert title(page) == "charge_order"
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
