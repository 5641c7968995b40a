"""Addresses of lines: of known code hosts only, and with nothing of a remote but its host and path."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.shared.links import editor_links, remote_links, template_links

COMMIT = "0123456789abcdef0123456789abcdef01234567"

REMOTES = [
    ("https://github.com/acme/shop.git", f"https://github.com/acme/shop/blob/{COMMIT}/a/b.py#L3-L9"),
    ("https://user:s3cret@github.com/acme/shop", f"https://github.com/acme/shop/blob/{COMMIT}/a/b.py#L3-L9"),
    ("git@github.com:acme/shop.git", f"https://github.com/acme/shop/blob/{COMMIT}/a/b.py#L3-L9"),
    ("ssh://git@gitlab.acme.org:2222/a/b/shop.git", f"https://gitlab.acme.org/a/b/shop/-/blob/{COMMIT}/a/b.py#L3-9"),
    ("git@bitbucket.org:acme/shop.git", f"https://bitbucket.org/acme/shop/src/{COMMIT}/a/b.py#lines-3:9"),
    ("https://codeberg.org/acme/shop", f"https://codeberg.org/acme/shop/src/commit/{COMMIT}/a/b.py#L3-L9"),
    ("https://git.sr.ht/~acme/shop", f"https://git.sr.ht/~acme/shop/tree/{COMMIT}/item/a/b.py#L3-9"),
]


@pytest.mark.parametrize(("remote", "address"), REMOTES)
def test_a_remote_leads_to_its_code_host(remote: str, address: str) -> None:
    links = remote_links(remote, COMMIT)
    assert links is not None
    assert links.address("a/b.py", 3, 9) == address


def test_one_line_is_named_once() -> None:
    links = remote_links("git@github.com:acme/shop.git", COMMIT)
    assert links is not None
    assert links.address("a b.py", 3, 3) == f"https://github.com/acme/shop/blob/{COMMIT}/a%20b.py#L3"


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/shop.git",
        "https://git.example.com/acme/shop.git",
        "https://github.com/acme",
        "https://github.com/../shop/x",
        'https://github.com/a"onclick=/shop',
        "javascript:alert(1)//github.com/acme/shop",
        "file:///github.com/acme/shop",
    ],
)
def test_any_other_remote_gives_no_links(remote: str) -> None:
    assert remote_links(remote, COMMIT) is None


@pytest.mark.parametrize("commit", ["", "main", "../../x", COMMIT[:-1], COMMIT.replace("0", "g")])
def test_without_a_commit_there_are_no_links(commit: str) -> None:
    assert remote_links("git@github.com:acme/shop.git", commit) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=40), st.text(max_size=30))
def test_no_remote_and_no_file_breaks_an_address(remote: str, file: str) -> None:
    links = remote_links(f"https://github.com/{remote}", COMMIT)
    if links is not None:
        address = links.address(file, 1, 2)
        assert address.startswith("https://github.com/")
        assert not set(address) & set(" \"'<>\\\n\r\t")


def test_an_editor_opens_the_file_at_its_line() -> None:
    assert editor_links("/home/me/my shop").address("a.py", 7, 9) == "vscode://file/home/me/my%20shop/a.py:7"
    assert editor_links("C:/shop").address("a.py", 7, 9) == "vscode://file/C:/shop/a.py:7"


def test_a_template_of_ones_own() -> None:
    links = template_links("https://git.example.com/shop/{path}?line={line}")
    assert links is not None
    assert links.name == "git.example.com"
    assert links.address("a/b.py", 7, 9) == "https://git.example.com/shop/a/b.py?line=7"
    for wrong in (
        "https://x/",
        "javascript:{path}",
        "http://x/{path}",
        'https://x"/{path}',
        "{path}",
        "https://x/{path} y",
    ):
        assert template_links(wrong) is None
