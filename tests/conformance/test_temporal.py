"""Each scenario of each fixture on a real Temporal server leaves outside what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED_AND_KILLED, check
from tests.conformance.on_temporal import OnTemporal
from tests.conformance.spec import Scenario
from tests.engines import temporal


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with temporal.server(tmp_path_factory.mktemp("temporal")) as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), PLAYED_AND_KILLED)
def test_temporal_leaves_what_the_original_leaves(name: str, scenario: Scenario, address: str, tmp_path: Path) -> None:
    check(name, scenario, OnTemporal(address), tmp_path)
