"""The view of one workflow as a reader uses it: its story, its evidence, its ways, a run laid over it, what changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from discover.config import load_config
from discover.model import Graph
from discover.pipeline import scan
from exporters.html.additions import Additions
from exporters.shared.compare import compare
from exporters.shared.links import remote_links
from exporters.shared.overlay import Event, Overlay

pytestmark = pytest.mark.browser

ORDERS = "#w=http%3APOST%20%2Forders"
Open = Callable[..., Any]


def title(page: Any) -> str:
    return page.locator("#panel h2").inner_text()


def fact(page: Any, label: str) -> str:
    return page.locator(f"#panel dt:text-is('{label}') + dd").first.inner_text()


def test_the_story_stands_beside_the_diagram_and_leads_to_its_steps(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    story = page.locator("#story")
    assert "When someone posts to /orders (or in 1 other way), the handler" in story.inner_text()
    assert "If payload has no lines, it answers with 422 Unprocessable." in story.inner_text()
    story.locator("text=inserts the pending order").click()
    assert title(page) == "Insert pending order"
    assert story.locator("[aria-current]").inner_text() == "inserts the pending order"
    story.locator("text=“charge_order”").first.click()
    assert title(page) == "charge_order"


def test_without_javascript_each_sentence_leads_to_an_item_that_exists(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, java_script_enabled=False)
    links = page.locator("section.plain a[href^='#step-'], section.plain a[href^='#in-']")
    assert links.count() > 30
    for number in range(0, links.count(), 7):
        target = links.nth(number).get_attribute("href")
        assert page.locator(f"li{target}").count() == 1


def test_on_a_phone_the_story_makes_room_for_the_step_that_is_chosen(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS, viewport={"width": 390, "height": 844})
    assert not page.locator("#story").is_visible()
    page.click("#open-story")
    page.click("#story >> text=inserts the pending order")
    assert not page.locator("#story").is_visible()
    assert title(page) == "Insert pending order"


@pytest.mark.parametrize("width", [1400, 390])
def test_no_button_of_the_zoom_covers_the_diagram_or_a_kind(open_page: Open, orders: Graph, width: int) -> None:
    page = open_page(orders, ORDERS, viewport={"width": width, "height": 844})
    zoom, canvas, kinds = (page.locator(one).bounding_box() for one in (".corner", "#canvas", "#legend"))
    assert zoom["y"] >= canvas["y"] + canvas["height"]
    assert zoom["x"] + zoom["width"] <= width
    inner = kinds["x"] + page.locator("#legend").evaluate("one => one.clientWidth - (innerWidth > 760 ? 210 : 0)")
    assert inner <= zoom["x"] + 1


def test_a_line_opens_the_code_on_both_of_its_ends(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#story >> text=inserts the pending order")
    page.click("#panel h3:text('Leads to') + ul >> text=why?")
    assert title(page) == "Insert pending order → Reserve stock"
    assert fact(page, "Certainty") == "declared in code"
    assert page.locator("#panel pre").count() == 2
    assert page.locator("#panel pre .hit").count() >= 2
    assert "&t=" in page.url
    again = open_page(orders, page.url[page.url.index("#") :])
    assert title(again) == "Insert pending order → Reserve stock"


def test_a_click_on_a_line_chooses_it(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    box = page.locator("#net").bounding_box()
    for x in range(int(box["x"]) + 250, int(box["x"]) + 300, 6):
        page.mouse.click(x, box["y"] + 118)
        page.wait_for_timeout(60)
        if "→" in (title(page) if page.locator("#panel").is_visible() else ""):
            break
    assert "→" in title(page)


def test_a_hand_over_says_who_receives_it_and_when(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#story h2 >> text=charge_order")
    page.click("#panel h3:text('Comes from') + ul >> text=why?")
    assert title(page) == "Charge order → charge_order"
    assert "later, in another process" in page.locator("#panel dl").inner_text()


def test_how_one_step_reaches_another_is_asked_with_the_keyboard(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#story >> text=inserts the pending order")
    page.focus("#net")
    page.keyboard.press("p")
    assert page.locator("#way").inner_text().startswith("Way from Insert pending order")
    page.click("#story h2 >> text=send_mail")
    page.focus("#net")
    page.keyboard.press("p")
    assert title(page) == "Insert pending order → send_mail"
    steps = page.locator("#panel ol.way button").all_inner_texts()
    assert steps[0] == "Insert pending order"
    assert steps[-1] == "send_mail"
    assert "Reserve stock" in steps
    assert "from=" in page.url
    page.click("text=Other way round")
    assert "No way leads" in page.locator("#panel").inner_text()
    again = open_page(orders, page.url[page.url.index("#") :])
    assert title(again) == "send_mail → Insert pending order"


def test_a_way_leads_out_of_what_is_inside_a_card(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#open-outline")
    page.click("#outline >> text=Fetch tax rate")
    page.focus("#net")
    page.keyboard.press("p")
    page.click("#outline >> text=Insert pending order")
    page.focus("#net")
    page.keyboard.press("p")
    assert "on the shortest way" in page.locator("#panel").inner_text()


def test_what_leads_here_and_what_follows(open_page: Open, orders: Graph) -> None:
    page = open_page(orders, ORDERS)
    page.click("#story >> text=inserts the pending order")
    page.click("#panel >> text=What leads here")
    before = page.locator("#live").inner_text()
    page.click("#panel >> text=What follows")
    after = page.locator("#live").inner_text()
    assert before.endswith("lead here")
    assert after.endswith("follow")
    assert int(before.split()[0]) < int(after.split()[0])


def test_pictures_are_made_in_the_page(open_page: Open, orders: Graph, tmp_path: Path) -> None:
    page = open_page(orders, ORDERS)
    for button, ending, start in (("#save-svg", "svg", b"<svg"), ("#save-png", "png", b"\x89PNG")):
        with page.expect_download() as started:
            page.click(button)
        assert started.value.suggested_filename == f"Place-order.{ending}"
        file = tmp_path / f"saved.{ending}"
        started.value.save_as(file)
        assert file.read_bytes().startswith(start)
    assert "Insert pending" in (tmp_path / "saved.svg").read_text(encoding="utf-8")


def test_source_lines_lead_to_the_code_host(open_page: Open, orders: Graph) -> None:
    links = remote_links("git@github.com:acme/shop.git", "0" * 40)
    page = open_page(orders, ORDERS, additions=Additions(links=links))
    page.click("#story >> text=inserts the pending order")
    link = page.locator("#panel .place a")
    assert link.inner_text() == "Open in github.com"
    href = link.get_attribute("href")
    assert href.startswith(f"https://github.com/acme/shop/blob/{'0' * 40}/api/orders.py#L")
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_a_run_is_painted_with_its_legend_and_its_list(open_page: Open, orders: Graph) -> None:
    workflow = orders.workflows[0]
    insert = next(node for node in workflow.body if node.name == "Insert pending order")
    events = (
        Event(status="taken", node=workflow.id, started=5.0, ended=5.2),
        Event(status="retried", node=insert.id, started=5.0, ended=5.1, text="deadlock <b>"),
        Event(status="taken", node=insert.id, started=5.3, ended=5.4, attempt=2),
        Event(status="failed", file="payments/tasks.py", line=10, text="boom"),
        Event(status="taken", file="nowhere.py", line=1),
    )
    overlay = Overlay(workflow=workflow.id, title="Run 7", events=events)
    page = open_page(orders, ORDERS, additions=Additions(overlay=overlay))
    assert page.locator("#events h2").inner_text() == "Run 7"
    rows = page.locator("#events li").all_inner_texts()
    assert len(rows) == 5
    assert "retried" in rows[1]
    assert "deadlock <b>" in rows[1]
    assert "try 2" in rows[2]
    assert "no step of this workflow" in rows[4]
    assert "retried 1" in " ".join(" ".join(page.locator("#legend .chip").all_inner_texts()).split())
    page.click("#events >> text=Insert pending order >> nth=0")
    assert fact(page, "In this run") == "retried: 2 tries · 400 ms · deadlock <b>"
    page.click("text=All workflows")
    page.click("text=Handle users 1")
    assert not page.locator("#open-events").is_visible()


def test_what_changed_is_listed_and_marked(open_page: Open, orders: Graph) -> None:
    workflow = orders.workflows[0]
    old = msgspec.structs.replace(
        workflow, body=tuple(one for one in workflow.body if one.name != "Insert pending order")
    )
    before = msgspec.structs.replace(orders, workflows=(old, orders.workflows[1]))
    page = open_page(orders, additions=Additions(changes=compare(before, orders)))
    assert page.locator(".changes li").all_inner_texts() == ["changed Place order steps: 1 came"]
    page.click(".changes a")
    assert page.locator("#changes li").all_inner_texts()[0].startswith("added")
    assert page.locator("#legend .chip", has_text="added").inner_text().split() == ["added", "1"]
    assert page.locator("#changes h2").inner_text() == "1 change since the earlier scan"
    page.click("#changes >> text=Insert pending order")
    assert fact(page, "Changed") == "added"


@pytest.mark.parametrize("name", ["lead_enrichment", "support_tickets"])
def test_every_view_of_a_bundled_backend_opens_without_a_word_on_the_console(
    open_page: Open, project: Path, name: str
) -> None:
    root = project / "fixtures" / name / "app"
    graph = scan(root, load_config(root, None), workers=1)

    def sources(path: str) -> str:
        return (root / path).read_text(encoding="utf-8")

    page = open_page(graph, sources=sources)
    for workflow in graph.workflows:
        page.evaluate("hash => { location.hash = hash; }", f"#w={quote(workflow.id, safe='')}")
        page.wait_for_function("name => document.querySelector('#title').textContent === name", arg=workflow.name)
        if page.locator("#unfold").is_visible():
            page.click("#unfold")
        if page.get_attribute("#open-story", "aria-expanded") == "false":
            page.click("#open-story")
        page.locator("#story .step").last.click()
        assert title(page)
        assert page.locator("#panel pre .hit").count() > 0


def test_a_hostile_story_stays_text(open_page: Open, hostile: Graph) -> None:
    page = open_page(hostile)
    page.click("#table tbody a")
    page.wait_for_selector("#story li")
    for link in page.locator("#story .step").all()[:12]:
        link.click()
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("#story img, #story script, #panel img").count() == 0


def test_a_panel_says_in_words_how_a_link_was_found(open_page: Open, orders: Graph) -> None:
    workflow = orders.workflows[0]
    named = {"require_customer": "resolved", "Insert pending order": "sqlalchemy.orm.Session.add"}
    body = tuple(msgspec.structs.replace(one, evidence=named.get(one.name, one.evidence)) for one in workflow.body)
    page = open_page(msgspec.structs.replace(orders, workflows=(msgspec.structs.replace(workflow, body=body),)), ORDERS)
    page.click("#open-outline")
    page.click("#outline >> text=require_customer")
    assert fact(page, "Found by") == "its name leads here through the file's imports and definitions"
    page.click("#outline >> text=Insert pending order")
    assert fact(page, "Found by") == "a call of sqlalchemy.orm.Session.add, which the catalog knows"


def test_the_page_of_a_run_begins_with_the_run_and_leads_to_all_workflows(open_page: Open, orders: Graph) -> None:
    workflow = orders.workflows[0]
    overlay = Overlay(workflow=workflow.id, title="Run 7", events=(Event(status="taken", node=workflow.id),))
    page = open_page(orders, additions=Additions(overlay=overlay))
    assert page.locator("#view").is_visible()
    assert page.locator("#events h2").inner_text() == "Run 7"
    page.click("text=All workflows")
    assert page.locator("#index").is_visible()
    assert not page.locator("#view").is_visible()
