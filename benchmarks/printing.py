"""Measure how the highest-ranked workflows of real backends print: the smallest text, and what an edge of paper cuts.

python -m benchmarks.printing                          fetch four backends, print ten views of each on A4 and Letter
python -m benchmarks.printing --backends DIR           take the checkouts in that folder
python -m benchmarks.printing --write                  also fill the table of docs/report.md

Needs playwright, a Chromium and pypdf.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from benchmarks.backends import add_options, checkout, named
from benchmarks.geometry import CHECKED, PAGE
from benchmarks.paper import Printed, printed
from benchmarks.report import FLAGS, browser_program
from benchmarks.tables import markdown, put
from discover.config import load_config
from discover.model import Graph
from discover.pipeline import scan
from exporters.html.export import export
from exporters.html.index.rows import ranked

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAPERS: Final = ("A4", "Letter")
PATIENCE: Final = 120_000
"""Milliseconds that a busy machine may take to open a page."""
HEADS: Final = ("backend", "views", "cards", "sheets", "most for a view", "smallest text", "cut or missing")


def main() -> int:
    """Prints the chosen backends' views; the status is 1 where something is cut or too small to read."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--first", type=int, default=10, help="so many workflows, the highest-ranked (default 10)")
    parser.add_argument("--all-open", action="store_true", help="with all cards open")
    parser.add_argument("--write", action="store_true", help="fill the table of docs/report.md")
    options = parser.parse_args()
    rows: list[list[str]] = []
    bad = False
    with sync_playwright() as started, tempfile.TemporaryDirectory() as scratch:
        browser = started.chromium.launch(executable_path=browser_program(), args=list(FLAGS))
        for backend in named(options.only or CHECKED):
            root = checkout(backend, options.backends)
            graph = scan(root, load_config(root, None))
            found = views(browser, graph, Path(scratch) / "report.html", options.first, options.all_open)
            rows.append(row(backend.name, found))
            print(" | ".join(rows[-1]), flush=True)
            for one in found:
                bad = bad or bool(one.broken) or one.smallest < 6.5
                print(*(f"  {words}" for words in one.broken[:5]), sep="\n", end="\n" if one.broken else "")
        browser.close()
    text = markdown(HEADS, rows)
    print(f"\n{text}")
    if options.write:
        put(PAGE, "printing", text)
    return 1 if bad else 0


def views(browser: Browser, graph: Graph, file: Path, first: int, all_open: bool) -> list[Printed]:
    """The first workflows of a report, each on both kinds of paper."""
    chosen = tuple(ranked(graph)[:first])
    report = export(msgspec.structs.replace(graph, workflows=chosen), lambda _path: None, title="Report")
    file.write_text(report.artifacts[0].text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(file.as_uri())
    found: list[Printed] = []
    for workflow in chosen:
        page.evaluate("hash => { location.hash = hash; }", f"#w={quote(workflow.id, safe='')}")
        page.wait_for_function("name => document.querySelector('#title').textContent === name", arg=workflow.name)
        if all_open:
            page.click("#unfold")
        found += [printed(page, paper) for paper in PAPERS]
    page.close()
    return found


def row(name: str, found: list[Printed]) -> list[str]:
    """The line of the table; cards and sheets are counted once, not for each kind of paper."""
    once = found[:: len(PAPERS)]
    numbers = (len(once), sum(one.cards for one in once), sum(one.sheets for one in once), max(x.sheets for x in once))
    smallest = f"{min(one.smallest for one in found):.2f} pt"
    return [name, *(f"{number:,}" for number in numbers), smallest, str(sum(len(one.broken) for one in found))]


if __name__ == "__main__":
    raise SystemExit(main())
