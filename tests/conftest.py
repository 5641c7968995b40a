"""What all tests may ask for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from discover.model import Graph, Workflow

PROJECT = Path(__file__).parents[1]

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Mapping[str, str | bytes]], Path]
Golden = Callable[[Path, str], None]

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing with them")


def pytest_configure() -> None:
    """A shell's background job is born deaf to Ctrl-C, and so are its children: some tests send it to theirs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's root folder."""
    return PROJECT


@pytest.fixture(scope="session")
def lead_enrichment() -> Path:
    """The bundled backend of the lead enrichment story."""
    return PROJECT / "fixtures" / "lead_enrichment" / "app"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files (path to text, dedented, or bytes) below a fresh folder and returns it."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "tree"
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
        return root

    return write


@pytest.fixture
def undercurrent(tmp_path: Path) -> Undercurrent:
    """Runs the command in a process of its own, with a cache and a home of the test's own."""

    def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("UNDERCURRENT_")}
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        variables |= {"HOME": str(home), "PYTHONPATH": str(PROJECT), "COLUMNS": "100", "NO_COLOR": "1"} | environment
        variables.pop("XDG_CACHE_HOME", None)
        return subprocess.run(
            [sys.executable, "-m", "discover", *map(str, arguments)],
            cwd=cwd or tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a file of the project; `--update-golden` writes the file."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8"), f"{file} differs; pytest --update-golden writes it"

    return compare


@pytest.fixture
def scan_source(tree: Tree) -> Callable[[Mapping[str, str | bytes]], Graph]:
    """Scans files given as path to text, without a cache, in this process."""

    def run(files: Mapping[str, str | bytes]) -> Graph:
        from discover.config import load_config
        from discover.pipeline import scan

        root = tree(files)
        return scan(root, load_config(root, None), workers=1)

    return run


@pytest.fixture
def workflow_of(scan_source: Callable[[Mapping[str, str | bytes]], Graph]) -> Callable[..., Workflow]:
    """The workflow that a unit starts, by the end of the unit's id, in files given as path to text."""

    def find(files: Mapping[str, str | bytes], unit: str) -> Workflow:
        graph = scan_source(files)
        found = [workflow for workflow in graph.workflows if workflow.unit.endswith(unit)]
        assert found, f"no workflow starts with {unit}; there are {[w.unit for w in graph.workflows]}"
        return found[0]

    return find


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real headless Chromium, if there is one.

    It ends with the module: while it is there, its library keeps an event loop running in this thread, and nothing else
    could run one of its own.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("UNDERCURRENT_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: install it, or name it in UNDERCURRENT_BROWSER")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
        yield opened
        opened.close()
