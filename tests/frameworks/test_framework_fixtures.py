"""Every folder of `fixtures/frameworks`: what is found is exactly what its `expected.yaml` lists."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import yaml

FIXTURES = Path(__file__).parents[2] / "fixtures" / "frameworks"
FOLDERS = sorted(path.parent for path in FIXTURES.glob("*/expected.yaml"))

_spec = importlib.util.spec_from_file_location("frameworks_conftest", Path(__file__).parent / "conftest.py")
assert _spec is not None and _spec.loader is not None
_stages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_stages)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_found_is_exactly_what_the_fixture_lists(folder: Path) -> None:
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    found = _stages.listing(_stages.run_stages(folder / "app"))
    for part in sorted({*expected, *found}):
        assert found.get(part, []) == sorted(expected.get(part, [])), part
