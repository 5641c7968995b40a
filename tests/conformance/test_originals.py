"""Each scenario of each fixture, played with the original: the outside sees what the scenario says."""

from __future__ import annotations

import pytest

from tests.conformance.compare import CASES, original
from tests.conformance.expectations import faults
from tests.conformance.spec import Scenario


@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_the_original_does_what_its_scenario_says(name: str, scenario: Scenario):
    played = original(name, scenario.name)
    found = faults(scenario, played.record)
    assert not found, "\n".join([*found, played.logs])
