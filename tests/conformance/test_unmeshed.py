"""Each scenario of each fixture, in a simulation of Unmeshed, leaves outside what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED, check
from tests.conformance.on_unmeshed import OnUnmeshed
from tests.conformance.spec import Scenario
from tests.engines import unmeshed


@pytest.fixture(scope="module")
def scripts() -> Generator[unmeshed.Scripts]:
    with unmeshed.scripts() as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
def test_unmeshed_leaves_what_the_original_leaves(
    name: str, scenario: Scenario, scripts: unmeshed.Scripts, tmp_path: Path
) -> None:
    check(name, scenario, OnUnmeshed(scripts), tmp_path)
