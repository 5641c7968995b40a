"""Each scenario of each fixture as Serverless Workflows leaves outside what the original leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED, check
from tests.conformance.on_serverlessworkflow import OnServerlessWorkflow
from tests.conformance.spec import Scenario


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
def test_serverless_workflows_leave_what_the_original_leaves(name: str, scenario: Scenario, tmp_path: Path) -> None:
    check(name, scenario, OnServerlessWorkflow(), tmp_path)
