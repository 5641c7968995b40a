"""open.yaml names scenarios that are there, and each has its reason."""

from __future__ import annotations

from tests.conformance.compare import CASES, opened
from tests.conformance.conftest import ENGINES


def test_open_scenarios_are_there_and_have_their_reasons() -> None:
    known = {case.id for case in CASES}
    wrong = [
        (engine, case)
        for engine, case, reason in opened()
        if engine not in ENGINES or case not in known or not reason.strip()
    ]
    assert not wrong
