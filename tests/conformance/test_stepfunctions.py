"""Each scenario of each fixture as state machines, which moto plays, leaves outside what the original leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED_FIRST, check
from tests.conformance.on_stepfunctions import OnStepFunctions
from tests.conformance.spec import Scenario


@pytest.mark.parametrize(("name", "scenario"), PLAYED_FIRST)
def test_state_machines_leave_what_the_original_leaves(name: str, scenario: Scenario, tmp_path: Path) -> None:
    check(name, scenario, OnStepFunctions(), tmp_path)
