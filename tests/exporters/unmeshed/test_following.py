"""Runs that follow in their sender's process do not wait for each other, and what can't be said is told."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from exporters.canonical.records import Definition, Start
from exporters.unmeshed.export import write
from tests.engines import packages, unmeshed
from tests.exporters import ordered
from tests.exporters.ordered import Ordered

BOTH = Ordered("both", "fail.delay(1); add.delay(8, 9)", ("fail", "add"), (("fail 1", "add 8 9"),))


def each_once(case: Ordered) -> Definition:
    """The definition, which says that each run is started once."""
    definition = case.definition
    first, *others = definition.runs
    steps = tuple(msgspec.structs.replace(e, many=False) if isinstance(e, Start) else e for e in first.steps)
    return msgspec.structs.replace(definition, runs=(msgspec.structs.replace(first, steps=steps), *others))


@pytest.fixture
def serving(tmp_path: Path) -> Generator[unmeshed.Simulation]:
    ordered.write(tmp_path / "backend")
    ordered.forget(tmp_path / "backend")
    packages.write(write([each_once(BOTH)]).artifacts, tmp_path / "package")
    queues = unmeshed.Queues()
    with (
        unmeshed.scripts() as scripts,
        unmeshed.served(queues) as variables,
        unmeshed.working(tmp_path / "package", tmp_path / "backend", variables),
    ):
        yield unmeshed.simulation(tmp_path / "package", queues, scripts)


def test_a_run_that_fails_does_not_keep_another_back_that_was_sent_beside_it(
    serving: unmeshed.Simulation, tmp_path: Path
) -> None:
    assert serving.run("both", {"value": 1})["status"] == "FAILED"
    BOTH.check(tmp_path / "backend")


def test_that_work_after_other_work_is_refused_is_told_when_it_is_exported() -> None:
    losses = write([case.definition for case in ordered.CASES]).losses
    assert [loss.where for loss in losses if loss.code == "message-order"] == ["w#sending"] * len(ordered.CASES)
