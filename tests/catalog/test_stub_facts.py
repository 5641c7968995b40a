"""Facts of stubs: kept for the bundled texts, read from all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover.catalog import stubs
from discover.catalog.stubs import kept_stubs, read_stub

CLIENT = "class Client:\n    def get(self) -> str: ...\n"
OTHER = "class Other: ...\n"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were read anew."""
    texts: list[str] = []

    def noting(module: str, text: str) -> object:
        texts.append(text)
        return read_stub(module, text)

    monkeypatch.setattr(stubs, "read_stub", noting)
    return texts


def test_bundled_stubs_are_read_once_for_all_scans(tmp_path: Path, read: list[str]) -> None:
    kept_stubs([CLIENT, OTHER], [tmp_path])
    read.clear()
    facts = kept_stubs([OTHER, CLIENT], [tmp_path])
    assert facts.of("client", CLIENT) == read_stub("client", CLIENT)
    assert facts.of("client.aio", CLIENT).path == "<client.aio>"
    assert read == []


def test_a_text_that_is_not_bundled_is_read(tmp_path: Path, read: list[str]) -> None:
    facts = kept_stubs([CLIENT], [tmp_path])
    assert facts.of("other", OTHER) == read_stub("other", OTHER)
    assert read[-1] == OTHER


def test_other_texts_take_the_place_of_what_was_kept(tmp_path: Path) -> None:
    kept_stubs([CLIENT], [tmp_path])
    (before,) = tmp_path.iterdir()
    kept_stubs([OTHER], [tmp_path])
    (after,) = tmp_path.iterdir()
    assert before != after


def test_a_broken_file_is_made_again(tmp_path: Path) -> None:
    kept_stubs([CLIENT], [tmp_path])
    (stored,) = tmp_path.iterdir()
    stored.write_bytes(b"\xc1 not msgpack")
    assert kept_stubs([CLIENT], [tmp_path]).of("client", CLIENT) == read_stub("client", CLIENT)
    assert stored.read_bytes() != b"\xc1 not msgpack"


def test_where_nothing_can_be_kept_only_what_is_asked_for_is_read(tmp_path: Path, read: list[str]) -> None:
    facts = kept_stubs([CLIENT, OTHER], [tmp_path / "missing"])
    facts.of("client", CLIENT)
    assert read == [CLIENT]
