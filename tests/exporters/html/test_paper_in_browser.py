"""A view on paper, as a real browser prints it: large enough to read, nothing cut, and lines that can be followed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import pytest

from benchmarks.paper import printed, read_pdf
from discover.model import Decision, Graph, Node, Run
from tests.exporters.html.conftest import Writer

pytestmark = pytest.mark.browser
pytest.importorskip("pypdf", reason="pypdf reads what was printed")

ORDERS = "#w=http%3APOST%20%2Forders"
READABLE = 6.5

Open = Callable[..., Any]


def with_runs(graph: Graph, *bodies: tuple[Node, ...]) -> Graph:
    """The first workflow, with further runs that nothing hands over to."""
    workflow = graph.workflows[0]
    runs = [
        Run(id=f"run-{n}", unit="a.py::f", kind="task", name=f"run_{n}", body=body) for n, body in enumerate(bodies)
    ]
    return msgspec.structs.replace(graph, workflows=(msgspec.structs.replace(workflow, runs=(*workflow.runs, *runs)),))


def deep(writer: Writer, levels: int) -> Decision:
    """Decisions in decisions: each stands a column further to the right."""
    inner: list[Node] = [writer.step("Write last")] if levels == 1 else [deep(writer, levels - 1)]
    return writer.decide(f"level_{levels}", [writer.step(f"Write {levels}"), *inner], [writer.step(f"Else {levels}")])


def lay_out(page: Any) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")


def texts(page: Any, selector: str) -> list[str]:
    return page.eval_on_selector_all(selector, "all => all.map(one => one.textContent)")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("all_open", [False, True])
def test_each_sheet_is_readable_and_holds_whole_cards(
    open_page: Open, orders: Graph, paper: str, all_open: bool
) -> None:
    page = open_page(orders, ORDERS)
    if all_open:
        page.click("#unfold")
    result = printed(page, paper)
    assert result.broken == []
    assert result.smallest >= READABLE
    assert result.pages > result.sheets


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_run_that_no_sheet_holds_is_cut_between_its_cards(open_page: Open, orders: Graph, paper: str) -> None:
    writer = Writer("a.py::f")
    wide, tall = (deep(writer, 9),), tuple(writer.step(f"Write {number}") for number in range(90))
    result = printed(page := open_page(with_runs(orders, wide, tall), ORDERS), paper)
    assert result.broken == []
    assert result.smallest >= READABLE
    lay_out(page)
    words = " ".join(texts(page, "#print .sheet text"))
    assert "run_0, continued" in words
    assert "run_1, continued" in words


def test_lines_that_a_cut_parts_have_the_same_letter_on_both_sides(open_page: Open, orders: Graph) -> None:
    page = open_page(with_runs(orders, (deep(Writer("a.py::f"), 9),)), ORDERS)
    lay_out(page)
    letters = Counter(one for one in texts(page, "#print .sheet > svg > text") if re.fullmatch("[A-Z]{1,2}", one))
    assert letters
    assert not [one for one, times in letters.items() if times % 2]
    told = " ".join(texts(page, "#print .sheet > svg > text"))
    assert re.search(r"→  A.*: (this sheet|sheet \d)", told)
    assert re.search(r"continued  ←  A.*: (this sheet|sheet \d)", told)


def test_a_hand_over_tells_the_number_of_its_run_and_the_run_where_it_comes_from(
    open_page: Open, orders: Graph
) -> None:
    page = open_page(orders, ORDERS)
    lay_out(page)
    words = texts(page, "#print .sheet svg svg > text")
    assert "2. reserve_stock" in words
    assert any("from 1" in one for one in words[words.index("2. reserve_stock") + 1 :][:1])
    tags = page.eval_on_selector_all(
        "#print .card", "all => all.map(one => [...one.querySelectorAll('text')].map(text => text.textContent))"
    )
    reserve = next(card for card in tags if card[0].startswith("Reserve stock"))
    assert reserve[-1].startswith("→ 2")
    assert texts(page, "#print .story h2")[1].startswith("2. ")


def test_a_view_that_one_sheet_holds_is_printed_as_it_is_shown(open_page: Open, orders: Graph) -> None:
    small = msgspec.structs.replace(orders, workflows=(orders.workflows[1],))
    page = open_page(small, "#w=http%3AGET%20%2Fusers%2F1")
    result = printed(page, "A4")
    assert (result.sheets, result.broken) == (1, [])
    lay_out(page)
    assert not [one for one in texts(page, "#print text") if one.startswith(("1. ", "→"))]


def test_sheets_lie_across_and_the_story_upright(open_page: Open, orders: Graph) -> None:
    from pypdf import PdfReader

    page = open_page(orders, ORDERS)
    file = page.pdf(format="A4", prefer_css_page_size=True)
    pages = read_pdf(file)
    assert "Sheet 1 of" in pages[0][0]
    assert "When someone posts to /orders" in pages[-1][0] + pages[-2][0]
    boxes = [one.mediabox for one in PdfReader(BytesIO(file)).pages]
    assert boxes[0].width > boxes[0].height
    assert boxes[-1].width < boxes[-1].height


CUT_CARDS = """() => [...document.querySelectorAll("#print .part")].flatMap((part) => {
  const { left, right, top, bottom } = part.getBoundingClientRect();
  return [...part.querySelectorAll(".run")].filter((card) => {
    const box = card.getBoundingClientRect();
    const apart = box.right <= left || box.left >= right || box.bottom <= top || box.top >= bottom;
    const whole = box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
    return !apart && !whole;
  }).map((card) => card.textContent);
})"""


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_map_is_printed_on_sheets_that_cut_no_card(open_page: Open, large: Graph, paper: str) -> None:
    page = open_page(large, "#map")
    lay_out(page)
    sheets = page.locator("#print .sheet").count()
    assert page.evaluate(CUT_CARDS) == []
    pages = read_pdf(page.pdf(format=paper, prefer_css_page_size=True))
    assert len(pages) == sheets
    assert all(size >= READABLE for _, size in pages)
    assert pages[0][0].startswith("Map: ")


def test_the_index_is_printed_large_enough_to_read(open_page: Open, orders: Graph) -> None:
    page = open_page(orders)
    pages = read_pdf(page.pdf(format="A4", prefer_css_page_size=True))
    assert len(pages) == 1
    assert "Place order" in pages[0][0]
    assert all(size >= READABLE for _, size in pages)
