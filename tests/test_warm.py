"""A stored result is taken again when all that it rests on is the same, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import discover
from discover import warm
from discover.config import load_config
from discover.facts import cache as facts_cache
from discover.facts import pool
from discover.model.serialize import to_json
from discover.pipeline import scan

FILES = {
    ".gitignore": "local/\n",
    "undercurrent.yaml": "catalogs: [catalogs]\n",
    "catalogs/courier.yaml": """
        library: courier
        documentation: https://example.com/
        imports: [courier]
        effects:
          - call: courier.send
            kind: http
            detail: POST
    """,
    "catalogs/notes.txt": "not a catalog",
    "Procfile": "web: flask --app shop.app run\n",
    "shop/__init__.py": "",
    "shop/app.py": """
        import courier
        from flask import Flask
        web = Flask(__name__)
        @web.post("/orders")
        def order():
            courier.send("parcel")
    """,
    "bin/job": "#!/bin/sh\npython -m shop.app\n",
    "notes.md": "nothing that is read",
}


class Scans:
    """Scans of one tree with one cache; tells what each had to do."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.cache = cache

    def run(self) -> tuple[bytes, bool]:
        """The result's bytes, and whether it was made anew."""
        stages: list[str] = []
        config = load_config(self.root, None)
        graph = scan(
            self.root, config, workers=1, cache=self.cache, progress=lambda stage, _done, _all: stages.append(stage)
        )
        return to_json(graph), "infer" in stages


@pytest.fixture
def scans(tree, tmp_path) -> Scans:
    found = Scans(tree(FILES), tmp_path / "cache")
    (found.root / "alias").symlink_to("shop")
    _, anew = found.run()
    assert anew
    return found


def test_nothing_changed_gives_the_same_bytes_and_extracts_nothing(scans, monkeypatch):
    first, _ = scans.run()
    monkeypatch.setattr(pool, "extract_all", None)
    assert scans.run() == (first, False)


def test_the_time_of_a_file_alone_changes_nothing(scans):
    for path in scans.root.rglob("*"):
        os.utime(path, (1, 1))
    assert not scans.run()[1]


def test_a_file_that_is_not_read_changes_nothing(scans):
    (scans.root / "notes.md").write_text("other words")
    (scans.root / "catalogs" / "notes.txt").write_text("other words")
    (scans.root / "local").mkdir()
    (scans.root / "local" / "a.py").write_text("import shop")
    assert not scans.run()[1]


def same_size(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        status = file.stat()
        assert len(old) == len(new)
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    return change


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": same_size("shop/app.py", "/orders", "/offers"),
    "trigger": same_size("Procfile", "web", "api"),
    "script": same_size("bin/job", "shop.app", "shop.www"),
    "catalog": same_size("catalogs/courier.yaml", "POST", "SEND"),
    "path": lambda root: (root / "shop" / "app.py").rename(root / "shop" / "web.py"),
    "trigger path": lambda root: (root / "Procfile").rename(root / "shop" / "Procfile"),
    "new file": lambda root: (root / "shop" / "empty.py").touch(),
    "removed file": lambda root: (root / "bin" / "job").unlink(),
    "new catalog": lambda root: (root / "catalogs" / "z.yaml").write_text((root / "catalogs/courier.yaml").read_text()),
    "new link": lambda root: (root / "store").symlink_to("shop"),
    "removed link": lambda root: (root / "alias").unlink(),
    "configuration": lambda root: (root / "undercurrent.yaml").write_text(
        "catalogs: [catalogs]\nlimits: {call_depth: 3}\n"
    ),
    "gitignore": lambda root: (root / ".gitignore").write_text("local/\napp.py\n"),
    "skipped": lambda root: (root / "gone.py").symlink_to("nowhere.py"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_thing_in_the_tree_that_a_result_rests_on_makes_a_new_one(scans, change):
    CHANGES[change](scans.root)
    first, anew = scans.run()
    assert anew
    assert scans.run() == (first, False)


def test_a_link_that_leads_elsewhere_makes_a_new_result(scans):
    (scans.root / "alias").unlink()
    (scans.root / "alias").symlink_to("bin")
    assert scans.run()[1]


def test_the_roots_own_name_counts_however_it_is_given(scans, monkeypatch):
    moved = scans.root.rename(scans.root.with_name("renamed"))
    monkeypatch.chdir(moved)
    scans.root = Path()
    first, anew = scans.run()
    assert anew
    assert b"renamed" in first


PROGRAMS: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
    "version": lambda patch: patch.setattr(discover, "__version__", "99"),
    "facts": lambda patch: (patch.setattr(warm, "FACTS_VERSION", 99), patch.setattr(facts_cache, "FACTS_VERSION", 99)),
    "Python": lambda patch: patch.setattr(sys, "version_info", (3, 99, 0, "final", 0)),
    "library": lambda patch: patch.setattr(warm, "_installed", lambda: ["sqlglot-99.dist-info"]),
    "bundled catalog": lambda patch: patch.setattr(warm, "_own_files", lambda: [("celery.yaml", 1, 1)]),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_that_a_result_rests_on_makes_a_new_one(scans, monkeypatch, program):
    PROGRAMS[program](monkeypatch)
    assert scans.run()[1]


def test_the_programs_own_files_hold_its_modules_and_catalogs_and_their_times():
    found = {Path(name).name: size for name, size, _ in warm._own_files()}
    assert found["warm.py"] == Path(warm.__file__).stat().st_size
    assert "celery.yaml" in found


def test_the_libraries_are_told_with_their_versions():
    assert {name.partition("-")[0] for name in warm._installed()} >= {"pathspec", "sqlglot", "libcst", "pyyaml"}


def test_pathspec_is_imported_only_when_patterns_are_new(scans, project):
    program = f"""
import subprocess
import sys
from pathlib import Path
from discover.config import load_config
from discover.pipeline import scan
root = Path({str(scans.root)!r})
scan(root, load_config(root, None), workers=1, cache=Path({str(scans.cache)!r}))
print("pathspec" in sys.modules)
"""

    def imported() -> bool:
        command = [sys.executable, "-c", program]
        run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
        return run.stdout == "True\n"

    assert not imported()
    (scans.root / "shop" / "app.py").write_text("x = 1\n")
    assert not imported()
    (scans.root / ".gitignore").write_text("new/\n")
    assert imported()


def test_what_finds_a_stored_result_knows_nothing_of_the_pipeline_not_even_for_types():
    assert "discover.pipeline" not in Path(warm.__file__).read_text(encoding="utf-8")
