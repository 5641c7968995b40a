"""Each scenario of each fixture on the embedded engine leaves outside what the original leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED_AND_KILLED, check
from tests.conformance.on_dbos import OnDbos
from tests.conformance.spec import Scenario


@pytest.mark.parametrize(("name", "scenario"), PLAYED_AND_KILLED)
def test_the_embedded_engine_leaves_what_the_original_leaves(name: str, scenario: Scenario, tmp_path: Path) -> None:
    check(name, scenario, OnDbos(), tmp_path)
