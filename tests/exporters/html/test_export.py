from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import msgspec

from discover.model import Graph
from exporters.base import Sources
from exporters.html.export import export
from exporters.html.page.assets import json_text, vis_file
from exporters.html.view.excerpts import excerpts

HERE = Path(__file__).parent
DATA = re.compile(r'<script id="([^"]+)" type="application/json">(.*?)</script>', re.DOTALL)


def page(graph: Graph, sources: Sources = lambda _: None) -> str:
    return export(graph, sources, title="Report").artifacts[0].text


def data(text: str) -> dict[str, object]:
    return {name: json.loads(body) for name, body in DATA.findall(text)}


class Elements(HTMLParser):
    """Counts elements and collects attributes as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_the_vis_network_in_the_page_is_the_one_we_know() -> None:
    digest = sha256(vis_file().read_bytes()).hexdigest()
    assert digest == "1f20f0736f32cb9bedf8f6383b25cfea2f839e1abe80d6e8040b4d5bea378c69"


def test_the_page_names_no_other_file_and_has_no_inline_handler(orders: Graph, hostile: Graph) -> None:
    for graph in (orders, hostile):
        elements = Elements()
        elements.feed(page(graph))
        assert elements.addresses
        assert all(address.startswith("#") for address in elements.addresses)
        assert not elements.handlers


def test_hostile_names_add_no_element(orders: Graph, hostile: Graph) -> None:
    elements = Elements()
    elements.feed(page(hostile, lambda path: f"</script><script>alert('{path}')</script>\n" * 30))
    scripts = elements.tags.count("script")
    assert scripts == len(DATA.findall(page(hostile, lambda _: "x\n" * 30))) + 3
    assert "img" not in elements.tags


def test_text_in_data_elements_survives_unchanged(hostile: Graph) -> None:
    found = data(page(hostile))
    assert found["meta"]["workflows"] == [hostile.workflows[0].id]  # type: ignore[index]
    value = "</script><!-- & \u2028 '\" {{ {#"
    assert json.loads(json_text(value)) == value
    assert not set("<>&\u2028") & set(json_text(value))


def test_the_same_graph_gives_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import conftest\nfrom exporters.html.export import export\n"
        "for graph in (conftest.order_graph(), conftest.hostile_graph()):\n"
        "    sys.stdout.buffer.write(export(graph, conftest.FILES.get, title='R').artifacts[0].text.encode())\n"
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", program, str(HERE.parents[2]), str(HERE)],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "4242")
    ]
    assert pages[0] == pages[1]
    assert len(pages[0]) > 1_000_000


def test_hundreds_of_workflows_are_written_fast_and_small(large: Graph) -> None:
    start = time.process_time()
    text = page(large)
    assert time.process_time() - start < 3
    assert len(text.encode()) < 3_000_000


def test_the_pages_own_part_stays_small_beside_its_data_and_the_library(orders: Graph) -> None:
    text = page(orders)
    data = sum(len(body.encode()) for _, body in DATA.findall(text))
    assert len(text.encode()) - data - vis_file().stat().st_size < 175_000


def test_workflows_are_ranked_by_score(orders: Graph) -> None:
    ids = data(page(orders))["meta"]["workflows"]  # type: ignore[index]
    assert ids == ["http:POST /orders", "http:GET /users/1"]


def test_an_empty_graph_gives_a_page() -> None:
    assert "<b>0</b> workflows" in page(Graph(root="empty"))


def test_each_source_line_is_stored_once(order_sources: Callable[[str], str | None]) -> None:
    spans = [("api/orders.py", 10, 12), ("api/orders.py", 14, 15), ("api/orders.py", 90, 90), ("gone.py", 1, 2)]
    found = excerpts(spans, order_sources)
    assert list(found) == ["api/orders.py"]
    first, second = found["api/orders.py"]
    assert (first[0], len(first[1])) == (6, 14)
    assert (second[0], second[1][4][:11]) == (86, "def line_90")


def test_a_finding_marks_its_step_in_its_own_workflow_and_not_where_the_same_helper_stands_besides(
    orders: Graph,
) -> None:
    first = orders.workflows[0]
    other = msgspec.structs.replace(first, id="again", name="Place order again", score=1.0)
    found = data(page(msgspec.structs.replace(orders, workflows=(first, other))))
    records, pieces = cast("list[list[list[Any]]]", found["records"])
    marked: list[list[list[Any]]] = []
    for name in ("workflow-0", "workflow-1"):
        bands = cast("dict[str, list[dict[str, int]]]", found[name])["bands"]
        rows = [records[number] for band in bands for number in pieces[band["body"] - 1][0][::3]]
        marked.append([row for row in rows if "risk" in row[9]])
    assert [(row[4], row[1]) for row in marked[0]] == [(26, "external")]
    assert marked[1] == []


def test_no_source_is_asked_for_but_those_of_the_units(orders: Graph) -> None:
    asked: list[str] = []

    def sources(path: str) -> str | None:
        asked.append(path)
        return None

    page(orders, sources)
    assert sorted(set(asked)) == asked
    assert {"api/orders.py", "payments/tasks.py"} <= set(asked)
    assert not any(path.startswith(("/", "..")) for path in asked)


def test_pyvis_is_not_imported_for_its_one_file() -> None:
    program = "import sys, exporters.html.page.assets as e; e.vis_network(); print('pyvis' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=HERE.parents[2], text=True
    )
    assert done.stdout.strip() == "False"
