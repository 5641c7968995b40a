"""How certain a target is that data picks among several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.resolve.conftest import Resolved

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "selections.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["it"]))
def test_it(case: dict[str, Any], resolved: Resolved) -> None:
    program = resolved(case.get("files") or {"m.py": case["code"]})
    sites = program.sites(program.functions[case.get("unit", "m.py::f")])
    assert {t.function.id: [t.confidence, t.evidence] for site in sites for t in site.targets} == case["targets"]
