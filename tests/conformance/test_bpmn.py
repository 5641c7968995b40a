"""Each scenario of each fixture as BPMN on SpiffWorkflow leaves outside what the original leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED, check
from tests.conformance.on_bpmn import OnBpmn
from tests.conformance.spec import Scenario


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
def test_bpmn_leaves_what_the_original_leaves(name: str, scenario: Scenario, tmp_path: Path) -> None:
    check(name, scenario, OnBpmn(), tmp_path)
