"""The file of losses names scenarios that are there, and a listed one that comes out equal fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.losses import losses

pytest_plugins = ["pytester"]
ENTRY = "- {engine: temporal, fixture: orders, scenario: SCENARIO, reason: it is so}\n"


def test_the_file_names_scenarios_that_are_there(tmp_path: Path) -> None:
    assert isinstance(losses(), list)
    file = tmp_path / "losses.yaml"
    file.write_text(ENTRY.replace("SCENARIO", "fraud"))
    assert [loss.reason for loss in losses(file)] == ["it is so"]
    file.write_text(ENTRY.replace("SCENARIO", "frauds"))
    with pytest.raises(ValueError, match="no scenario frauds of orders"):
        losses(file)
    file.write_text("- {engine: temporal, fixture: orders, scenario: fraud}\n")
    with pytest.raises(ValueError, match="number 1"):
        losses(file)


@pytest.mark.parametrize(("body", "outcome"), [("assert False", {"xfailed": 1}), ("pass", {"failed": 1})])
def test_a_listed_scenario_may_differ_and_must_not_be_equal(
    body: str, outcome: dict[str, int], pytester: pytest.Pytester
) -> None:
    file = pytester.path / "losses.yaml"
    file.write_text(ENTRY.replace("SCENARIO", "fraud"))
    pytester.makepyfile(
        conftest=f"""
from pathlib import Path
from tests.conformance import conftest, losses
def pytest_collection_modifyitems(items):
    conftest.expect_losses(items, losses.losses(Path({str(file)!r})))
""",
    )
    folder = pytester.mkdir("tests") / "conformance"
    folder.mkdir()
    text = f"import pytest\n@pytest.mark.parametrize('case', ['orders-fraud'])\ndef test_it(case):\n    {body}\n"
    (folder / "test_temporal.py").write_text(text)
    pytester.syspathinsert(Path(__file__).parents[2])
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "--import-mode=importlib").assert_outcomes(**outcome)
