"""The same tree gives the same bytes, whatever the hash seed, the number of workers, the cache or the place."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]

SEEDS = ("0", "1", "4242")
WORKERS = ("1", "2", "5")


@pytest.fixture
def backends(tmp_path: Path, project: Path) -> Path:
    """All bundled backends as one repository."""
    return Path(shutil.copytree(project / "fixtures", tmp_path / "one" / "backends"))


def test_a_scan_gives_the_same_bytes_for_every_seed_and_number_of_workers(undercurrent: Undercurrent, backends: Path):
    documents = {
        undercurrent(
            *("scan", backends, "--no-cache", "--format", "json", "--workers", workers), PYTHONHASHSEED=seed
        ).stdout
        for seed, workers in product(SEEDS, WORKERS)
    }
    assert len(documents) == 1
    assert '"workflows":[{' in documents.pop()


def test_a_warm_scan_gives_the_bytes_of_a_cold_one(undercurrent: Undercurrent, backends: Path, tmp_path: Path):
    command = ("scan", backends, "--format", "json", "--cache-dir", tmp_path / "cache")
    cold = undercurrent("scan", backends, "--format", "json", "--no-cache").stdout
    assert undercurrent(*command).stdout == cold
    assert undercurrent(*command, PYTHONHASHSEED="7").stdout == cold


TWICE_ON_A_LINE = {
    "pyproject.toml": "[project]\nname = 'shop'\ndependencies = ['celery', 'requests']\n",
    "shop.py": """
        import functools, requests
        from celery import shared_task
        class Slot:
            def __enter__(self): requests.post("https://a.example/take")
            def __exit__(self, *error): requests.post("https://a.example/free")
        class Line:
            def __enter__(self): requests.post("https://b.example/take")
            def __exit__(self, *error): requests.post("https://b.example/free")
        class Rows:
            def __iter__(self):
                requests.get("https://rows.example")
                return iter([1])
        def audited(work):
            @functools.wraps(work)
            def inner(*given):
                requests.post("https://audit.example")
                return work(*given)
            return inner
        def timed(work):
            @functools.wraps(work)
            def inner(*given):
                requests.post("https://time.example")
                return work(*given)
            return inner
        wrap = audited
        @shared_task
        @wrap
        def bill(): pass
        wrap = timed
        @shared_task
        @wrap
        def tell(): pass
        @shared_task
        def work(kind):
            lock = Slot()
            with lock, lock: bill.delay(); lock = Line()
            with lock: tell.delay()
            rows = Rows()
            return [(a, b) for a in rows for b in rows]
    """,
}


def test_facts_that_were_stored_give_the_bytes_of_those_just_read(
    undercurrent: Undercurrent, tree: Callable[[dict[str, str]], Path], tmp_path: Path
):
    root = tree(TWICE_ON_A_LINE)
    command = ("scan", root, "--format", "json", "--cache-dir", tmp_path / "cache")
    cold = undercurrent("scan", root, "--format", "json", "--no-cache", "--workers", "1").stdout
    undercurrent(*command)
    with sqlite3.connect(tmp_path / "cache" / "facts.sqlite3") as cache:
        stored = cache.execute("DELETE FROM results").rowcount
    assert stored, "the tree's result was kept"
    assert undercurrent(*command).stdout == cold
    assert "audit.example" in cold


def test_a_change_and_its_reverse_give_the_first_bytes_again(
    undercurrent: Undercurrent, backends: Path, tmp_path: Path
):
    command = ("scan", backends, "--format", "json", "--cache-dir", tmp_path / "cache")
    first = undercurrent(*command).stdout
    file = next(iter(sorted(backends.rglob("tasks/enrichment.py"))))
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n\ndef another():\n    return lookup_company\n", encoding="utf-8")
    changed = undercurrent(*command).stdout
    assert changed != first
    assert changed == undercurrent("scan", backends, "--format", "json", "--no-cache").stdout
    file.write_text(text, encoding="utf-8")
    assert undercurrent(*command).stdout == first


def test_the_place_of_the_tree_is_nowhere_in_the_result(undercurrent: Undercurrent, backends: Path, tmp_path: Path):
    first = undercurrent("scan", backends, "--format", "json").stdout
    elsewhere = tmp_path / "two" / "backends"
    shutil.copytree(backends, elsewhere)
    assert undercurrent("scan", elsewhere, "--format", "json").stdout == first
    assert undercurrent("scan", ".", "--format", "json", cwd=elsewhere).stdout == first
    assert str(tmp_path) not in first


@pytest.mark.parametrize("target", ["yaml", "mermaid", "dbos", "unmeshed", "html"])
def test_each_exporter_gives_the_same_bytes(undercurrent: Undercurrent, backends: Path, tmp_path: Path, target: str):
    results: list[dict[str, bytes]] = []
    for seed in SEEDS:
        out = tmp_path / f"out{seed}"
        where = ("diagram", backends, "-o", out / "page.html") if target == "html" else ("export", backends, "-o", out)
        run = undercurrent(*where, *(() if target == "html" else ("--to", target)), PYTHONHASHSEED=seed)
        assert run.returncode == 0, run.stderr
        results.append({str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()})
    assert results[0]
    assert results[0] == results[1] == results[2]
