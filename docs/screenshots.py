"""Take the pictures of docs/report.md again, of a bundled backend's report in a headless Chromium.

The browser is the one that is installed, or that UNDERCURRENT_BROWSER names; playwright (extra `test`) drives it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
BACKEND = ROOT / "fixtures" / "lead_enrichment" / "app"
FOLDER = ROOT / "docs" / "images"
LARGEST = 200_000
"""Bytes of one picture: pages load them all."""
SIZE: ViewportSize = {"width": 1200, "height": 740}
WORKFLOW = "#w=workflow%3Aleads%2Froutes.py%3A%3Acreate_lead"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _opened(page: Page) -> None:
    page.click("#story >> text=If domain is in FREE_MAIL")


def _nothing(page: Page) -> None:
    page.mouse.move(0, 0)


PICTURES: tuple[tuple[str, str, Literal["light", "dark"], bool, Callable[[Page], None]], ...] = (
    ("index", "", "light", False, _nothing),
    ("workflow", WORKFLOW, "light", False, _nothing),
    ("opened-card", WORKFLOW, "light", False, _opened),
    ("dark", WORKFLOW, "dark", False, _nothing),
    ("run-overlay", WORKFLOW, "light", True, _nothing),
)
"""Name, address, colours, whether a run is laid over, and what is done before the picture is taken."""


def main() -> int:
    """Writes all pictures; the status is 1 where one is too large."""
    program = os.environ.get("UNDERCURRENT_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium on this machine: install it, or name it in UNDERCURRENT_BROWSER")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        pages = {laid_over: report(Path(name), laid_over=laid_over) for laid_over in (False, True)}
        browser = started.chromium.launch(executable_path=program, args=FLAGS)
        for picture, address, colours, laid_over, act in PICTURES:
            context = browser.new_context(viewport=SIZE, color_scheme=colours, reduced_motion="reduce")
            page = context.new_page()
            page.goto(pages[laid_over].as_uri() + address)
            act(page)
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"{picture}.png")
            context.close()
        browser.close()
    large = [file.name for file in sorted(FOLDER.glob("*.png")) if file.stat().st_size > LARGEST]
    for file in sorted(FOLDER.glob("*.png")):
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")
    return 1 if large else 0


def report(folder: Path, *, laid_over: bool) -> Path:
    """The report of the bundled backend, with or without the run of docs/images/run.json."""
    file = folder / f"report-{laid_over}.html"
    command = [sys.executable, "-m", "discover", "diagram", str(BACKEND), "-o", str(file), "--no-cache"]
    command += ["--title", "Lead enrichment", "--link-to", "https://git.example.com/leads/{path}#L{line}"]
    subprocess.run([*command, *(["--run", str(FOLDER / "run.json")] if laid_over else [])], check=True, cwd=ROOT)
    return file


if __name__ == "__main__":
    raise SystemExit(main())
