"""Each scenario of each fixture, played with the original: the outside sees what the scenario says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import spec
from tests.conformance.expectations import faults
from tests.conformance.original import Original
from tests.conformance.runner import play

CASES = [
    pytest.param(name, scenario, id=f"{name}-{scenario.name}")
    for name in spec.names()
    for scenario in spec.scenarios(name)
]


@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_the_original_does_what_its_scenario_says(name: str, scenario: spec.Scenario, tmp_path: Path):
    original = Original()
    record = play(spec.fixture(name), scenario, original, tmp_path / "run")
    found = faults(scenario, record)
    assert not found, "\n".join([*found, original.logs()])
