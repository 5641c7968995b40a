from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from discover.facts.cache import FILE_NAME, RESULTS_PER_ROOT, FactsCache, default_cache_path, facts_key

KEY = facts_key(b"x = 1")


def test_what_is_stored_is_loaded_by_the_next_scan(tmp_path: Path) -> None:
    with FactsCache(tmp_path / "new" / "folder") as cache:
        cache.store([(KEY, b"facts"), (facts_key(b""), b"empty")])
    with FactsCache(tmp_path / "new" / "folder") as cache:
        assert cache.load([facts_key(b"other"), KEY]) == {KEY: b"facts"}
        assert cache.diagnostics == []


def test_more_keys_than_one_query_takes_are_loaded(tmp_path: Path) -> None:
    entries = [(facts_key(b"%d" % number), b"%d" % number) for number in range(3_000)]
    with FactsCache(tmp_path) as cache:
        cache.store(entries)
        assert cache.load([key for key, _ in entries]) == dict(entries)


def test_the_key_depends_on_content_alone_in_one_version() -> None:
    assert facts_key(b"a") == facts_key(b"a")
    assert facts_key(b"a") != facts_key(b"b")
    assert len(KEY) == 32


def _be_a_text(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def _scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:8_000] = os.urandom(7_900)
    path.write_bytes(data)


def _belong_to_another_program(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE facts (other TEXT)")
    connection.commit()
    connection.close()


def _be_of_another_layout(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()


def _lose_a_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE results")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        _be_a_text,
        _truncate,
        _scribble,
        _belong_to_another_program,
        _be_of_another_layout,
        _lose_a_table,
    ],
    ids=["text", "truncated", "scribbled", "foreign", "other layout", "lost table"],
)
def test_a_broken_file_is_built_anew_and_said_so(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    with FactsCache(tmp_path) as cache:
        cache.store([(facts_key(b"%d" % number), b"x" * 2_000) for number in range(50)])
        cache.store([(KEY, b"facts")])
    damage(tmp_path / FILE_NAME)
    with FactsCache(tmp_path) as cache:
        cache.load([KEY])
        cache.load_result(KEY)
        cache.store([(KEY, b"again")])
        assert len(cache.diagnostics) == 1
        assert "built anew" in cache.diagnostics[0]
    with FactsCache(tmp_path) as cache:
        assert cache.load([KEY]) == {KEY: b"again"}
        assert cache.diagnostics == []


def test_an_empty_file_is_a_new_cache(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with FactsCache(tmp_path) as cache:
        cache.store([(KEY, b"facts")])
        assert cache.load([KEY]) == {KEY: b"facts"}


@pytest.mark.parametrize("place", ["a file", "a folder in place of the file", "/proc/nowhere"])
def test_where_nothing_can_be_written_there_is_no_cache(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "place"
    if place == "a file":
        folder.write_text("")
    elif place.startswith("/"):
        folder = Path(place)
    else:
        (folder / FILE_NAME / "full").mkdir(parents=True)
    with FactsCache(folder) as cache:
        cache.store([(KEY, b"facts")])
        cache.store_result(KEY, b"result")
        assert (cache.is_open, cache.load([KEY]), cache.load_result(KEY)) == (False, {}, None)
        assert any("there is no cache" in message for message in cache.diagnostics)


def test_none_stands_for_no_cache() -> None:
    with FactsCache(None) as cache:
        cache.store([(KEY, b"facts")])
        assert (cache.load([KEY]), cache.diagnostics) == ({}, [])


def test_results_are_kept_few_per_root(tmp_path: Path) -> None:
    with FactsCache(tmp_path) as cache:
        cache.store_result(b"other", b"of another root", "other")
        for number in range(RESULTS_PER_ROOT + 2):
            cache.store_result(b"%d" % number, b"result" * 100 * number, "root")
        assert cache.load_result(b"0") is None
        assert cache.load_result(b"1") is None
        assert cache.load_result(b"2") == b"result" * 200
        assert cache.load_result(b"other") == b"of another root"


def test_a_broken_result_is_not_used(tmp_path: Path) -> None:
    with FactsCache(tmp_path) as cache:
        cache.store_result(KEY, b"result")
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE results SET data = ?", (b"not compressed",))
    connection.commit()
    connection.close()
    with FactsCache(tmp_path) as cache:
        assert cache.load_result(KEY) is None


def test_the_file_stays_within_its_limit_and_drops_the_oldest(tmp_path: Path) -> None:
    old, new = facts_key(b"old"), facts_key(b"new")
    with FactsCache(tmp_path, size_limit=2_000_000) as cache:
        cache.store([(old, os.urandom(200_000))])
        cache.store([(facts_key(b"%d" % number), os.urandom(10_000)) for number in range(300)])
        cache.store([(new, b"new")])
    assert (tmp_path / FILE_NAME).stat().st_size <= 2_000_000
    with FactsCache(tmp_path) as cache:
        assert cache.load([old, new]) == {new: b"new"}


SCAN = """
import sys
from pathlib import Path
from discover.facts.cache import FactsCache, facts_key
with FactsCache(Path(sys.argv[1])) as cache:
    for number in range(40):
        cache.store([(facts_key(b"%d" % (number % 25)), b"x" * 5_000)])
        cache.load([facts_key(b"3")])
        cache.store_result(b"key", b"result", "root")
    print(cache.diagnostics)
"""


def test_two_scans_use_one_file_at_once(tmp_path: Path, project: Path) -> None:
    command = [sys.executable, "-c", SCAN, str(tmp_path)]
    scans = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [scan.communicate(timeout=60)[0] for scan in scans] == ["[]\n"] * 3
    with FactsCache(tmp_path) as cache:
        assert len(cache.load([facts_key(b"%d" % number) for number in range(25)])) == 25


def test_the_default_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_path() == tmp_path / "undercurrent"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_path() == tmp_path / "home" / ".cache" / "undercurrent"
