from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.config import Config
from discover.sources import translation
from discover.sources.patterns import Patterns
from discover.sources.translation import LONGEST_LINE, Translations, parse_pattern
from discover.sources.walk import walk

NAMES = ["a", "b", "ab", "a.py", "b.py", "test_a.py", "build", "x-y", "[z]", "a b", "foo", "Ä.py"]
ATOMS = [
    *("a", "b", "ab", "*", "?", "*.py", "a*", "**", "[ab]", "[!a]", "[a-c]*", "build", "foo", "x-y", "\\[z\\]"),
    *("a\\ b", "test_*", "[[:alpha:]]", "[]a]", "**a", "a**", "[z", "*b*", "#a", "\\#a", "Ä*"),
]

# git reads `a**/b` by its implementation (a literal start is cut off first, so `**` leads) and not as its
# documentation says; a bracket that is never closed reaches over slashes to the next bracket's end.
UNDOCUMENTED = re.compile(r"/?a\*\*(?=/)|/a\*\*|\[z/.*\]")


def random_tree(root: Path, dice: random.Random, depth: int = 4) -> None:
    for _ in range(30):
        path = root.joinpath(*(dice.choice(NAMES) for _ in range(dice.randint(1, depth))))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch()
        except OSError:
            continue  # A file stands where a folder would.


def random_lines(dice: random.Random) -> list[str]:
    def line() -> str:
        body = "/".join(dice.choice(ATOMS) for _ in range(dice.randint(1, 3)))
        return dice.choice(["", "", "!"]) + dice.choice(["", "", "/"]) + body + dice.choice(["", "", "/", " "])

    lines = [line() for _ in range(dice.randint(1, 6))]
    return [line for line in lines if not UNDOCUMENTED.search(line)]


def kept_by_git(root: Path) -> set[str]:
    git = ["git", "-C", str(root), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run([*git, "ls-files", "-z", "--others", "--exclude-standard"], check=True, capture_output=True)
    return {name for name in os.fsdecode(listed.stdout).split("\0") if name.endswith(".py")}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the measure")
@pytest.mark.parametrize("seed", range(40))
def test_a_walk_keeps_what_git_keeps(tmp_path: Path, seed: int):
    dice = random.Random(seed)
    random_tree(tmp_path, dice)
    folders = [tmp_path, *sorted(path for path in tmp_path.rglob("*") if path.is_dir())]
    for folder in {folders[0], dice.choice(folders), dice.choice(folders)}:
        (folder / ".gitignore").write_text("\n".join(random_lines(dice)) + "\n")
    kept = kept_by_git(tmp_path)
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    off = dict.fromkeys(
        ("tests", "caches", "vendored", "generated", "migrations", "docs", "virtualenvs", "hidden"), False
    )
    found = walk(tmp_path, Config(rules={**off, "caches": (".git/",)}))
    assert {file.path for file in found.files} == kept


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the measure")
def test_the_repositorys_own_exclude_file_counts_and_a_gitignore_overrules_it(tmp_path: Path):
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).touch()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    (tmp_path / ".git/info/exclude").write_text("a.py\nb.py\n")
    (tmp_path / ".gitignore").write_text("!b.py\n")
    found = {file.path for file in walk(tmp_path, Config()).files}
    assert found == {"b.py", "c.py"} == kept_by_git(tmp_path)


SIMPLE = st.sampled_from(["*.py", "a*", "foo", "/a", "a/b", "/a/*", "**/foo", "a/**", "a/**/b", "[ab]", "?", "build/"])


@given(st.lists(SIMPLE, min_size=1, max_size=4), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_plain_patterns_agree_with_pathspec(lines: list[str], parts: list[str]):
    pathspec = pytest.importorskip("pathspec")
    ours = Patterns(lines)
    path = "/".join(parts)
    above = ("/".join(parts[:end]) for end in range(1, len(parts)))
    pruned = any(ours.decide(folder, folder.rpartition("/")[2], folder=True) for folder in above)
    ignored = pruned or bool(ours.decide(path, parts[-1], folder=False))
    assert ignored == pathspec.GitIgnoreSpec.from_lines(lines).match_file(path)


@pytest.mark.parametrize("line", ["", "   ", "# comment", "/", "!", "!/", "a\\", "[", "[a", "[[:nope:]]"])
def test_lines_that_match_nothing_are_dropped(line: str):
    assert parse_pattern(line) is None


@pytest.mark.parametrize(
    ("line", "path", "matches"),
    [
        ("a\\ ", "a ", True),
        ("a ", "a", True),
        ("\\!a", "!a", True),
        ("\\#a", "#a", True),
        ("[!a]", "b", True),
        ("[^a]", "a", False),
        ("a?c", "a/c", False),
        ("a\n", "a", True),
        ("*.py", "x\n.py", True),
    ],
)
def test_escapes_and_classes_mean_what_git_says(line: str, path: str, matches: bool):
    assert bool(Patterns([line]).decide(path, path, folder=False)) is matches


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_line_and_no_path_raises(line: str, path: str):
    Patterns([line]).decide(path, path.rpartition("/")[2], folder=False)


@pytest.mark.parametrize(
    "line", ["*a" * 12 + "b", "a*" * 30 + "b", "**/a/" * 8 + "b", "*" * 200 + "x", "[a]*" * 20 + "b"]
)
def test_a_hostile_pattern_costs_no_time(line: str):
    patterns = Patterns([line])
    start = time.process_time()
    patterns.decide("a" * 200, "a" * 200, folder=False)
    patterns.decide("a/" * 200 + "c", "c", folder=False)
    assert time.process_time() - start < 0.5


def test_a_long_run_of_stars_costs_nothing():
    patterns = Patterns(["*" * 200 + "x", "**/" * 50 + "x"])
    assert patterns.decide("a" * 200 + "/y", "y", folder=False) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("line", "path", "matches"),
    [
        ("/a**/b", "ax/b", True),
        ("/a**/b", "a/x/b", False),
        ("a/b[!c]d", "a/b/d", False),
        ("a/b[!c]d", "a/bxd", True),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("a/*", "a/b/c", False),
        ("a/**/b", "a/b", True),
        ("a/**/b*c/**/d", "a/x/bxcyc/d", True),
        ("a/**/b*c/**/d", "a/bxcy/bc/d", True),
        ("**/b*c/**/d", "bxcy/d", False),
        ("a*b*bc", "abbbc", True),
        ("a/b[+-9]d", "a/b/d", False),
        ("a/b[+-9]d", "a/b5d", True),
        ("[[]z]", "[z]", True),
        ("[a&&b]", "&", True),
        ("[+--x]", ",", True),
        ("[!]a]", "b", True),
        ("[!]a]", "]", False),
        ("[[:upper:][:digit:]]", "7", True),
    ],
)
def test_a_pattern_of_several_parts_names_one_entry(line: str, path: str, matches: bool):
    assert bool(Patterns([line]).decide(path, path.rpartition("/")[2], folder=False)) is matches


class Kept(dict[bytes, bytes]):
    """A store in memory."""

    def load(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def store(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        self.update(entries)


def test_kept_translations_need_no_pathspec(monkeypatch: pytest.MonkeyPatch):
    kept, lines = Kept(), ("kept-1", "!kept-2/", "# comment", "")
    first = Translations(kept).of(lines)
    assert [(pattern.text, pattern.ignores) for pattern in first] == [("kept-1", True), ("!kept-2/", False)]
    monkeypatch.setattr(translation, "parse_pattern", None)
    translation._translated.cache_clear()
    assert Translations(kept).of(lines) == first
    with pytest.raises(TypeError):
        Translations(kept, "other versions").of(lines)


def test_a_broken_kept_translation_is_made_anew():
    kept, lines = Kept(), ("broken",)
    first = Translations(kept).of(lines)
    kept.update(dict.fromkeys(kept, b"\xc1"))
    assert Translations(kept).of(lines) == first
    assert b"\xc1" not in kept.values()


def test_a_second_walk_with_a_store_imports_no_pathspec(tmp_path: Path, project: Path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/.gitignore").write_text("*.log\nbuild*/\n")
    (tmp_path / "tree/a.py").touch()
    program = f"""
import sys
from pathlib import Path
from discover.config import Config
from discover.facts.cache import FactsCache
from discover.sources.translation import Translations
from discover.sources.walk import walk
with FactsCache(Path({str(tmp_path / "cache")!r})) as cache:
    walk(Path({str(tmp_path / "tree")!r}), Config(), Translations(cache))
print("pathspec" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    said = [subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said == ["True\n", "False\n"]


def test_a_pattern_too_long_for_any_path_is_told_and_not_used(tmp_path: Path):
    (tmp_path / "a.py").touch()
    (tmp_path / ".gitignore").write_text("# fine\n" + "*" * 1_001 + "\n#" + "x" * 2_000 + "\n")
    found = walk(tmp_path, Config(exclude=("**/" * 400 + "*.py",), file="undercurrent.yaml"))
    assert [file.path for file in found.files] == ["a.py"]
    assert [(entry.file, entry.line) for entry in found.skipped] == [(".gitignore", 2), ("undercurrent.yaml", 0)]
    assert "more than 1,000 characters" in found.skipped[0].reason


@given(st.lists(st.sampled_from(["a", "b", "*", "?", "[!b]", "/", "**", "/**/", "**/"]), max_size=60))
def test_no_mixture_of_wildcards_takes_long(parts: list[str]):
    patterns = Patterns(["".join(parts)[:LONGEST_LINE], "!x"])
    start = time.process_time()
    for path in ("a" * 250, "/".join(["a"] * 500), "/".join(["ab" * 40] * 40)):
        patterns.decide(path, path.rpartition("/")[2], folder=True)
    assert time.process_time() - start < 0.5
