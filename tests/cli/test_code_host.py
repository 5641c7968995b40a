"""What `.git` says of the code host: read from two files of the folder itself, and believed only in known forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover.cli.code_host import code_links, remote_and_commit
from discover.errors import InputError

COMMIT = "fedcba9876543210fedcba9876543210fedcba98"
CONFIG = """
[core]
\turl = https://wrong.example.com/x/y
[remote "upstream"]
\turl = https://github.com/them/shop.git
[remote "origin"]
\turl = https://me:token@github.com/acme/shop.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
"""


def repository(folder: Path, head: str = "ref: refs/heads/main\n", config: str = CONFIG) -> Path:
    git = folder / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "config").write_text(config, encoding="utf-8")
    (git / "HEAD").write_text(head, encoding="utf-8")
    return folder


def test_origin_and_the_commit_of_the_branch(tmp_path: Path) -> None:
    repo = repository(tmp_path)
    (repo / ".git/refs/heads/main").write_text(COMMIT + "\n", encoding="utf-8")
    assert remote_and_commit(repo) == ("https://me:token@github.com/acme/shop.git", COMMIT)
    links = code_links(repo, "host")
    assert links is not None
    assert links.address("a.py", 1, 1) == f"https://github.com/acme/shop/blob/{COMMIT}/a.py#L1"


def test_packed_branches_and_a_detached_head(tmp_path: Path) -> None:
    repo = repository(tmp_path / "a")
    (repo / ".git/packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n", encoding="utf-8")
    assert remote_and_commit(repo)[1] == COMMIT
    assert remote_and_commit(repository(tmp_path / "b", head=COMMIT))[1] == COMMIT


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    outside = repository(tmp_path / "outside", head=COMMIT)
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").symlink_to(outside / ".git")
    assert remote_and_commit(linked) == ("", "")
    pointing = tmp_path / "pointing"
    pointing.mkdir()
    (pointing / ".git").write_text(f"gitdir: {outside}/.git\n", encoding="utf-8")
    assert remote_and_commit(pointing) == ("", "")
    inner = repository(tmp_path / "inner", head="ref: refs/../../../outside/.git/HEAD\n")
    (inner / ".git/config").unlink()
    (inner / ".git/config").symlink_to(outside / ".git/config")
    assert remote_and_commit(inner) == ("", "")
    around = repository(tmp_path / "around", head="ref: refs/tags/HEAD\n")
    (around / ".git/refs/tags").symlink_to(outside / ".git", target_is_directory=True)
    assert remote_and_commit(around)[1] == ""


def test_a_folder_without_git_has_no_links_and_says_nothing(tmp_path: Path) -> None:
    assert code_links(tmp_path, "host") is None
    assert code_links(tmp_path, "none") is None


def test_the_editor_and_ones_own_address(tmp_path: Path) -> None:
    links = code_links(tmp_path, "vscode")
    assert links is not None
    assert links.address("a.py", 4, 4) == f"vscode://file{tmp_path.resolve()}/a.py:4"
    assert code_links(tmp_path, "https://x.example.com/{path}#{line}") is not None
    with pytest.raises(InputError, match="neither host, vscode nor none"):
        code_links(tmp_path, "javascript:{path}")
