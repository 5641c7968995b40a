"""The hops that break a chain in real backends, one small program each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from discover.catalog.load import narrowed, read_libraries
from tests.resolve.conftest import Resolved, edges

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "hops.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['class']}: {case['it reaches']}")
def test_a_hop_reaches(case: dict[str, Any], resolved: Resolved) -> None:
    program = resolved(case["files"], narrowed(read_libraries(), case.get("libraries", [])).types)
    assert edges(program, case.get("unit", "m.py::f")) == set(case["targets"])
