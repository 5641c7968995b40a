"""Scenarios of the fixtures on a real Conductor server leave outside what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance import spec
from tests.conformance.compare import CASES, FIRST, IS_WHOLE, check
from tests.conformance.exported import definitions
from tests.conformance.on_conductor import OnConductor
from tests.conformance.spec import Scenario
from tests.engines import conductor
from tests.engines.conductor import Server

SHOWN = ("qualified", "slack-down", "killed-while-the-mailbox-is-verified")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    with conductor.server(tmp_path_factory.mktemp("conductor")) as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), CASES if IS_WHOLE else [])
def test_conductor_leaves_what_the_original_leaves(
    name: str, scenario: Scenario, server: Server, tmp_path: Path
) -> None:
    check(name, scenario, OnConductor(server), tmp_path)


@pytest.mark.skipif(IS_WHOLE, reason="the scenarios are played one by one")
def test_conductor_leaves_what_the_original_leaves_in_some_scenarios(server: Server, tmp_path: Path) -> None:
    scenarios = [scenario for scenario in spec.scenarios(FIRST) if scenario.name in SHOWN]
    assert len(scenarios) == len(SHOWN)
    for scenario in scenarios:
        check(FIRST, scenario, OnConductor(server), tmp_path / scenario.name)


def _are_limited(name: str) -> bool:
    """Whether a run of the fixture may take so long and no longer: its time goes on while the server is away."""
    return any(run.timeout is not None for definition in definitions(name).values() for run in definition.runs)


def test_a_killed_server_goes_on_with_what_it_kept(server: Server, tmp_path: Path) -> None:
    killed = [
        (name, scenario)
        for name in (spec.names() if IS_WHOLE else [FIRST])
        for scenario in spec.scenarios(name)
        if scenario.kind == "kill" and not _are_limited(name)
    ]
    for name, scenario in killed:
        check(name, scenario, OnConductor(server, is_killed=True), tmp_path / f"{name}-{scenario.name}")
