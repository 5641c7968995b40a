"""Each scenario of each fixture on the embedded engine with a real PostgreSQL leaves what the original leaves."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.compare import PLAYED, check
from tests.conformance.on_dbos import OnDbosPostgresql
from tests.conformance.spec import Scenario
from tests.engines import postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with postgres.server(tmp_path_factory.mktemp("postgres")) as found:
        yield found


@pytest.mark.parametrize(("name", "scenario"), PLAYED)
def test_the_embedded_engine_on_postgresql_leaves_what_the_original_leaves(
    name: str, scenario: Scenario, server: str, tmp_path: Path
) -> None:
    check(name, scenario, OnDbosPostgresql(server), tmp_path)
