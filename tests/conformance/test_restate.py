"""Each scenario of each fixture on a real Restate server leaves outside what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED_AND_KILLED, check
from tests.conformance.on_restate import OnRestate
from tests.conformance.spec import Scenario
from tests.engines import restate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[restate.Server]:
    with restate.server(tmp_path_factory.mktemp("restate")) as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), PLAYED_AND_KILLED)
def test_restate_leaves_what_the_original_leaves(
    name: str, scenario: Scenario, server: restate.Server, tmp_path: Path
) -> None:
    check(name, scenario, OnRestate(server), tmp_path)
