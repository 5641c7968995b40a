"""The page about catalogs teaches by an example: it does what the page says."""

from __future__ import annotations

from pathlib import Path

from discover import load_config, scan

PAGE = (Path(__file__).parents[2] / "docs" / "catalogs.md").read_text()


def block(language: str) -> str:
    return PAGE.partition(f"```{language}\n")[2].partition("```")[0]


def backend(folder: Path, *, catalog: bool) -> Path:
    (folder / "orders.py").write_text(block("python"))
    if catalog:
        home = folder / "undercurrent" / "catalogs"
        home.mkdir(parents=True)
        (home / "house_queue.yaml").write_text(block("yaml"))
    return folder


def test_one_file_in_the_repository_teaches_the_library(tmp_path: Path, undercurrent):
    shown = undercurrent("show", str(backend(tmp_path, catalog=True)), "remind").stdout
    assert shown == block("console").partition("\n")[2]


def test_without_it_the_decorator_is_told_as_unresolved(tmp_path: Path):
    root = backend(tmp_path, catalog=False)
    graph = scan(root, load_config(root), workers=1)
    assert graph.triggers == ()
    assert [one.at for one in graph.unresolved] == ["orders.py::confirm"]


def test_a_change_of_the_catalog_is_seen_by_the_next_scan(tmp_path: Path):
    root, cache = backend(tmp_path, catalog=True), tmp_path / "cache"
    first = scan(root, load_config(root), workers=1, cache=cache)
    file = root / "undercurrent" / "catalogs" / "house_queue.yaml"
    file.write_text(file.read_text().replace("kind: task", "kind: consumer"))
    second = scan(root, load_config(root), workers=1, cache=cache)
    assert [t.kind for t in first.triggers] == ["schedule", "task"]
    assert [t.kind for t in second.triggers] == ["consumer", "schedule"]
