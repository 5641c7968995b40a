"""Each scenario of each fixture, in a simulation of Unmeshed, leaves outside what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from exporters.unmeshed.export import write
from tests.conformance.compare import CASES, check
from tests.conformance.exported import definitions
from tests.conformance.on_unmeshed import OnUnmeshed
from tests.conformance.spec import Scenario
from tests.engines import unmeshed

LOST = {"lead_enrichment-slack-down": "failure-hooks"}
"""Scenarios that come out differently, and the loss that says so."""


@pytest.fixture(scope="module")
def scripts() -> Generator[unmeshed.Scripts]:
    with unmeshed.scripts() as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_unmeshed_leaves_what_the_original_leaves(
    name: str, scenario: Scenario, scripts: unmeshed.Scripts, tmp_path: Path
) -> None:
    runner = OnUnmeshed(scripts)
    lost = LOST.get(f"{name}-{scenario.name}")
    if lost is None:
        check(name, scenario, runner, tmp_path)
        return
    assert lost in {loss.code for loss in write(list(definitions(name).values())).losses}
    with pytest.raises(AssertionError):
        check(name, scenario, runner, tmp_path)
