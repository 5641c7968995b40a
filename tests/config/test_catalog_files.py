from __future__ import annotations

import os
from pathlib import Path

import pytest

from discover.config.catalog_files import catalog_files
from discover.errors import ConfigError


def test_a_folder_gives_its_yaml_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "catalogs"
    folder.mkdir()
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (folder / name).write_text("")
    assert [file.name for file in catalog_files(tmp_path, ["catalogs"])] == ["a.yml", "b.yaml"]


@pytest.mark.parametrize("name", ["../outside.yaml", "link.yaml", "linked"])
def test_what_leads_out_of_the_root_is_refused(name: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    outside = tmp_path / "outside.yaml"
    outside.write_text("library: stolen")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.yaml").write_text("library: stolen")
    (root / "link.yaml").symlink_to(outside)
    (root / "linked").symlink_to(folder)
    with pytest.raises(ConfigError, match="leads out of the scanned folder"):
        catalog_files(root, [name])


def test_a_missing_catalog_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: no such catalog"):
        catalog_files(tmp_path, ["gone.yaml"])


def test_a_named_pipe_in_a_catalog_folder_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "catalogs").mkdir()
    os.mkfifo(tmp_path / "catalogs" / "pipe.yaml")
    assert catalog_files(tmp_path, ["catalogs"]) == []
