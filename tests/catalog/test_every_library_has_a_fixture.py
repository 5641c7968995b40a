"""Each catalog file has a fixture folder of its own name, in which taking the catalog away changes what is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan
from discover.catalog import load
from discover.catalog.spec import Library
from discover.model.serialize import to_json

PROJECT = Path(__file__).parents[2]
KINDS = ("frameworks", "effects", "libraries")
CATALOGS = sorted(file.stem for file in load.LIBRARIES.glob("*.yaml"))


def folders(catalog: str) -> list[Path]:
    """The backends of a catalog's fixtures."""
    found = [PROJECT / "fixtures" / kind / catalog for kind in KINDS]
    return [folder / "app" if (folder / "app").is_dir() else folder for folder in found if folder.is_dir()]


def written(folder: Path) -> bytes:
    return to_json(scan(folder, load_config(folder), workers=1))


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_fixture_rests_on_the_catalog_that_it_is_named_after(catalog: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = folders(catalog)
    assert found, f"no folder {catalog} in fixtures/{{{','.join(KINDS)}}}"
    library = load.parse_library(catalog, (load.LIBRARIES / f"{catalog}.yaml").read_text("utf-8")).library
    whole = [written(folder) for folder in found]
    narrowed = load.narrowed

    def without(libraries: list[Library], imported: set[str] | None = None) -> load.Catalog:
        return narrowed([one for one in libraries if one.library != library], imported)

    monkeypatch.setattr(load, "narrowed", without)
    assert [written(folder) for folder in found] != whole
