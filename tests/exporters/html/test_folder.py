"""The report as a folder of pages: what is in it, and how its pages lead to each other."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from discover.cli.writing import WRITTEN, write_folder
from discover.errors import OutputError
from discover.model import Graph
from exporters.base import Artifact, Sources
from exporters.html.export import export_folder

Pages = dict[str, str]
DATA = re.compile(r'<script id="[^"]+" type="application/json">.*?</script>', re.DOTALL)


def pages_of(graph: Graph, sources: Sources = lambda _: None) -> Pages:
    return {artifact.path: artifact.text for artifact in export_folder(graph, sources, title="Shop").artifacts}


def page_named(pages: Pages, start: str) -> str:
    return next(path for path in pages if path.startswith(f"workflows/{start}"))


def test_a_folder_holds_an_index_a_page_for_each_workflow_and_what_they_share(orders: Graph) -> None:
    pages = pages_of(orders)
    assert {"index.html", "assets/report.js", "assets/report.css", "assets/vis-network.js"} <= set(pages)
    assert len([path for path in pages if path.startswith("workflows/")]) == len(orders.workflows)
    assert "vis.Network" not in pages["index.html"]
    assert len(pages["index.html"]) < 60_000


def test_every_link_between_files_leads_to_one_of_them_and_none_elsewhere(orders: Graph, hostile: Graph) -> None:
    for graph in (orders, hostile):
        pages = pages_of(graph)
        for path, text in pages.items():
            if not path.endswith(".html"):
                continue
            body = DATA.sub("", text)
            for address in re.findall(r'(?:href|src)="([^"#]+)', body):
                assert posixpath.normpath(posixpath.join(posixpath.dirname(path), address)) in pages


def test_the_policy_lets_a_page_load_its_folders_scripts_only(orders: Graph) -> None:
    for path, text in pages_of(orders).items():
        if path.endswith(".html"):
            assert "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'" in text
            assert "<script>" not in text


def test_the_name_of_a_page_stays_when_other_workflows_come_and_holds_no_foreign_letter(
    orders: Graph, hostile: Graph, large: Graph
) -> None:
    name = page_named(pages_of(orders), "place-order")
    workflows = (orders.workflows[0],)
    alone = msgspec.structs.replace(orders, workflows=workflows)
    assert page_named(pages_of(alone), "place-order") == name
    for graph in (hostile, large):
        names = [path for path in pages_of(graph) if path.startswith("workflows/")]
        assert len(set(names)) == len(graph.workflows)
        assert all(re.fullmatch(r"workflows/[a-z0-9-]+-[0-9a-f]{10}\.html", one) for one in names)


def test_a_page_holds_the_words_of_its_own_workflow_only(orders: Graph) -> None:
    pages = pages_of(orders)
    assert "Insert pending order" in pages[page_named(pages, "place-order")]
    assert "Insert pending order" not in pages[page_named(pages, "handle-users")]


def test_a_folder_is_written_again_without_what_went_and_nothing_of_others_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write_folder([Artifact("index.html", "1"), Artifact("workflows/a.html", "1")], folder)
    (folder / "workflows" / "mine.txt").write_text("mine")
    write_folder([Artifact("index.html", "2"), Artifact("workflows/b.html", "2")], folder)
    kept = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    assert kept == ["index.html", "workflows/b.html", "workflows/mine.txt", WRITTEN]
    assert (folder / WRITTEN).read_text().splitlines() == ["index.html", "workflows/b.html"]


def test_a_folder_of_others_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        write_folder([Artifact("index.html", "1")], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["../thesis.txt", "workflows/../../thesis.txt"])
def test_a_list_that_was_tampered_with_removes_nothing_outside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "thesis.txt").write_text("mine")
    (folder / WRITTEN).write_text(f"{name}\n")
    with pytest.raises(OutputError, match="leads out of"):
        write_folder([Artifact("index.html", "1")], folder)
    assert (tmp_path / "thesis.txt").exists()


@pytest.fixture
def open_folder(browser: Any, tmp_path: Path, order_sources: Sources) -> Iterator[Callable[..., Any]]:
    """Opens a page of a graph's folder and watches it: any error, or a request beyond the folder, fails the test."""
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": 1400, "height": 900})

    def said(message: Any) -> None:
        troubles.append(str(getattr(message, "text", message)))

    def asked(request: Any) -> None:
        if not request.url.startswith(tmp_path.as_uri()):
            troubles.append(request.url)

    def start(graph: Graph, address: str = "index.html") -> Any:
        for path, text in pages_of(graph, order_sources).items():
            file = tmp_path / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        page = context.new_page()
        page.on("console", said)
        page.on("pageerror", said)
        page.on("request", asked)
        page.goto(f"{tmp_path.as_uri()}/{address}")
        return page

    yield start
    context.close()
    assert not troubles


@pytest.mark.browser
def test_the_index_leads_to_a_workflows_page_and_that_back(open_folder: Callable[..., Any], orders: Graph) -> None:
    page = open_folder(orders)
    page.click("#table >> text=Place order")
    page.locator("#canvas").wait_for()
    assert int(page.get_attribute("#canvas", "data-cards")) > 20
    assert page.locator("#title").inner_text() == "Place order"
    page.click("text=All workflows")
    page.locator("#table").wait_for()
    page.click(".views >> text=Map")
    page.locator(".run a", has_text="charge_order").click()
    page.locator("#panel h2").wait_for()
    assert page.locator("#panel h2").inner_text() == "charge_order"
    assert "/workflows/place-order-" in page.url


@pytest.mark.browser
def test_a_link_of_the_single_page_leads_to_the_workflows_page(open_folder: Callable[..., Any], orders: Graph) -> None:
    page = open_folder(orders, "index.html#w=http%3APOST%20%2Forders&s=run%3Acharge")
    page.locator("#canvas").wait_for()
    assert "/workflows/place-order-" in page.url


@pytest.mark.browser
def test_hostile_names_stay_text_in_a_folder(open_folder: Callable[..., Any], hostile: Graph) -> None:
    page = open_folder(hostile)
    page.click("#table tbody th a")
    page.locator("#canvas").wait_for()
    assert page.evaluate("window.hacked === undefined")
