"""Measure the HTML report of real backends: what its writing takes beyond the scan, its size, what its opening takes.

python -m benchmarks.report                           fetch saleor and netbox, measure each
python -m benchmarks.report --backends DIR            take the checkouts in that folder
python -m benchmarks.report --write                   also fill the table of docs/report.md

Seconds depend on the machine; the ratios, made in the same run, hardly do: writing by a bare `ast.parse` of the same
files, opening by the opening of the report of a backend without a line. Opening needs playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backends import add_options, checkout, named
from benchmarks.processes import Usage, measure
from benchmarks.speed import PARSE, files_read, median
from benchmarks.tables import markdown, put

MEASURED = ("saleor", "netbox")
PAGE = Path(__file__).parents[1] / "docs" / "report.md"
HEADS = (
    *("backend", "one file", "its writing, CPU", "÷ parse", "wall beyond the scan", "its opening", "÷ empty report"),
    *("folder", "largest page", "its writing, CPU"),
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
NAVIGATION = "performance.getEntriesByType('navigation')[0].domComplete"


@dataclass(frozen=True, slots=True)
class Written:
    """What a command costs beyond a scan of the same unchanged tree."""

    cpu: float
    wall: float


def main() -> None:
    """Measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--runs", type=int, default=5, help="take the median of so many (default 5)")
    parser.add_argument("--write", action="store_true", help="fill the table of docs/report.md")
    options = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for backend in named(options.only or MEASURED):
            rows.append(measured(checkout(backend, options.backends), backend.name, Path(scratch), options.runs))
            print(" | ".join(rows[-1]), flush=True)
    table = markdown(HEADS, rows)
    print(f"\n{table}")
    if options.write:
        put(PAGE, "report", table)


def measured(folder: Path, name: str, scratch: Path, runs: int) -> list[str]:
    """The row of one backend."""
    listing, page, pages = scratch / "files", scratch / f"{name}.html", scratch / name
    listing.write_text("\0".join(files_read(folder, scratch)[0]), encoding="utf-8")
    parse = median([measure([sys.executable, "-c", PARSE, str(listing)]) for _ in range(runs)])
    one = beyond(folder, scratch, ["diagram", str(folder), "-o", str(page)], runs)
    many = beyond(folder, scratch, ["diagram", str(folder), "--pages", "-o", str(pages)], 1)
    empty = scratch / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "nothing.py").touch()
    measure(undercurrent(["diagram", str(empty), "-o", str(scratch / "empty.html")], scratch))
    opening, least = opened(page, runs), opened(scratch / "empty.html", runs)
    sizes = [file.stat().st_size for file in pages.rglob("*") if file.is_file()]
    largest = max(file.stat().st_size for file in pages.glob("workflows/*.html"))
    shutil.rmtree(pages)
    return [
        name,
        f"{page.stat().st_size / 1e6:.1f} MB",
        f"{one.cpu:.1f} s",
        f"{one.cpu / parse.cpu:.1f}",
        f"{one.wall:.1f} s",
        f"{opening:.2f} s" if opening else "",
        f"{opening / least:.1f}" if opening else "",
        f"{len(sizes):,} files, {sum(sizes) / 1e6:.0f} MB",
        f"{largest / 1e3:,.0f} KB",
        f"{many.cpu:.1f} s",
    ]


def undercurrent(words: Sequence[str], scratch: Path) -> list[str]:
    """A command over a tree that is known already."""
    return [sys.executable, "-m", "discover", *words, "--cache-dir", str(scratch / "cache")]


def beyond(folder: Path, scratch: Path, words: Sequence[str], runs: int) -> Written:
    """What a command costs more than a scan; both find the tree unchanged."""
    scan = undercurrent(["scan", str(folder)], scratch)
    measure(scan)
    scans: list[Usage] = []
    found: list[Usage] = []
    for _ in range(runs):
        scans.append(measure(scan))
        found.append(measure(undercurrent(words, scratch)))
    before, after = median(scans), median(found)
    return Written(after.cpu - before.cpu, after.wall - before.wall)


def browser_program() -> str | None:
    """The Chromium of this machine, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("UNDERCURRENT_BROWSER") or next(filter(None, map(shutil.which, names)), None)


def opened(page: Path, runs: int) -> float:
    """Seconds until a browser has laid the page out; 0 where there is no browser."""
    program = browser_program()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return 0.0
    if program is None:
        return 0.0
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(FLAGS))
        times: list[float] = []
        for _ in range(runs):
            shown = browser.new_page(viewport={"width": 1400, "height": 900})
            shown.goto(page.as_uri())
            times.append(float(shown.evaluate(NAVIGATION)) / 1000)
            shown.close()
        browser.close()
    return statistics.median(times)


if __name__ == "__main__":
    main()
