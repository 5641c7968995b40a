"""A whole scan over the largest body of odd Python that every machine has: the standard library and its tests."""

from __future__ import annotations

import sysconfig
import time
from pathlib import Path

import pytest

from discover.config import Config
from discover.config.rules import NAMES
from discover.model import Graph
from discover.pipeline import scan

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
INSTALLED = ("site-packages", "dist-packages")
# A guard against a loop that doesn't end, not a measure: an idle machine needs about a minute.
SECONDS = 900


def scanned(root: Path, *exclude: str) -> Graph:
    """With every rule off: what is not read must be told, file by file."""
    start = time.monotonic()
    graph = scan(root, Config(rules=dict.fromkeys(NAMES, False), exclude=exclude), workers=2)
    assert time.monotonic() - start < SECONDS
    return graph


def assert_nothing_is_lost(graph: Graph, files: set[str]) -> None:
    # A file without a statement that is wrong was read, and is told as well.
    whole = [skipped for skipped in graph.skipped if not skipped.reason.endswith("this statement was left out")]
    skipped = {skipped.file: skipped.reason for skipped in whole if skipped.file in files}
    assert graph.stats.files + len(skipped) == len(files)
    assert all(skipped.values())
    assert len(skipped) < len(files) / 50
    assert {unit.id.partition("::")[0] for unit in graph.units} <= files - set(skipped)


@pytest.mark.slow
def test_a_scan_of_the_standard_librarys_tests_reads_or_tells_of_every_file():
    if not (LIBRARY / "test" / "test_grammar.py").is_file():
        pytest.skip("this Python comes without the standard library's tests")
    files = {file.relative_to(LIBRARY / "test").as_posix() for file in (LIBRARY / "test").rglob("*.py")}
    graph = scanned(LIBRARY / "test")
    assert_nothing_is_lost(graph, files)
    assert graph.stats.lines > 200_000


@pytest.mark.slow
def test_a_scan_of_the_standard_librarys_sources_reads_or_tells_of_every_file():
    files = {
        path
        for path in (file.relative_to(LIBRARY).as_posix() for file in LIBRARY.rglob("*.py"))
        if not path.startswith("test/") and not any(folder in path.split("/") for folder in INSTALLED)
    }
    graph = scanned(LIBRARY, "/test/", *(f"{name}/" for name in INSTALLED))
    assert_nothing_is_lost(graph, files)
    assert graph.stats.lines > 200_000
