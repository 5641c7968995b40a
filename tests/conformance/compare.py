"""The original and an exported definition, in the same scenario: what they leave outside must be the same."""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from tests.conformance import spec
from tests.conformance.expectations import faults
from tests.conformance.exported import REFUSED, Exported
from tests.conformance.original import NO_ANSWER, Original
from tests.conformance.record import Record, differences
from tests.conformance.runner import play

OPEN = Path(__file__).with_name("open.yaml")
"""The scenarios that an engine does not play as the original does, with the reason of each."""
CASES = [
    pytest.param(name, scenario, id=f"{name}-{scenario.name}")
    for name in spec.names()
    for scenario in spec.scenarios(name)
]

_BY_ROUTERS = (404, 405)


IS_WHOLE = os.environ.get("CONFORMANCE") == "all"
"""`make conformance` plays every scenario on every engine; the unit tests play some of each fixture."""


def _chosen(name: str) -> set[str]:
    """A scenario that goes well, the last one, and one that is killed."""
    found = spec.scenarios(name)
    kills = [scenario.name for scenario in found if scenario.kind == "kill"]
    others = [scenario.name for scenario in found if scenario.kind != "kill"]
    return {*others[:1], *others[-1:], *kills[:1]}


def _played(*, kills: bool) -> list[Any]:
    return [
        pytest.param(name, scenario, id=f"{name}-{scenario.name}")
        for name in spec.names()
        for scenario in spec.scenarios(name)
        if IS_WHOLE or scenario.name in _chosen(name) or (kills and scenario.kind == "kill")
    ]


PLAYED = _played(kills=False)
PLAYED_AND_KILLED = _played(kills=True)
"""These, and whatever is killed: for engines that are to go on with it."""


def opened() -> list[tuple[str, str, str]]:
    """All of OPEN: engine, scenario, reason."""
    said = yaml.safe_load(OPEN.read_text(encoding="utf-8"))
    return [(engine, case, reason) for engine, cases in said.items() for case, reason in cases.items()]


FIRST = "lead_enrichment"
PLAYED_FIRST = [param for param in PLAYED if IS_WHOLE or param.values[0] == FIRST]
"""The same of one fixture alone, for engines that take long or play the others only in `make conformance`."""


def _open(engine: str, case: str) -> str:
    """Why a scenario is not the same on an engine yet; empty where it must be."""
    return next((reason for known, name, reason in opened() if (known, name) == (engine, case)), "")


class Played(NamedTuple):
    """What the original left, and the end of what its processes wrote."""

    record: Record
    logs: str


@functools.cache
def original(name: str, scenario: str) -> Played:
    """The original of a scenario, played once for all engines, also where several processes test them."""
    kept = _shared() / f"{name}-{scenario}.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            said = next(one for one in spec.scenarios(name) if one.name == scenario)
            runner = Original()
            with tempfile.TemporaryDirectory() as folder:
                record = play(spec.fixture(name), said, runner, Path(folder) / "original")
                kept.write_bytes(msgspec.json.encode(Played(record, runner.logs())))
    return msgspec.json.decode(kept.read_bytes(), type=Played)


@functools.cache
def _shared() -> Path:
    """A folder that all processes of this test run share, and no other run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return Path(tempfile.mkdtemp(prefix="conformance-records-"))
    folder = Path(tempfile.gettempdir()) / f"conformance-records-{os.getuid()}-{run}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def check(name: str, scenario: spec.Scenario, runner: Exported, folder: Path) -> None:
    """Play the scenario on an engine and hold what it left against the original, and against the scenario."""
    is_kill = scenario.kind == "kill"
    record = play(spec.fixture(name), scenario, runner, folder / "exported")
    expected = original(name, scenario.name).record
    record = _without_refusals(record, expected)
    if is_kill:
        record = _with_lost_answers(record, expected)
    found = [
        *differences(expected, record, scenario.calls, repeats=is_kill),
        *(faults(scenario, record) if not is_kill else []),  # It may repeat less than the original.
    ]
    reason = _open(runner.engine, f"{name}-{scenario.name}")
    if reason and found:
        pytest.xfail(reason)
    assert not reason, f"{name}-{scenario.name} is the same on {runner.engine} now: take it out of {OPEN.name}"
    assert not found, "\n".join([*found, runner.logs()])


def _with_lost_answers(record: Record, expected: Record) -> Record:
    """A web process that is killed answers nothing; a durable run answers after all."""
    pairs = zip(record.responses, expected.responses, strict=False)
    kept = tuple(before if before.status == NO_ANSWER else after for after, before in pairs)
    return msgspec.structs.replace(record, responses=kept)


def _without_refusals(record: Record, expected: Record) -> Record:
    """What the backend's router refuses itself begins no workflow: its words are the web server's to say."""
    pairs = zip(record.responses, expected.responses, strict=False)
    kept = tuple(
        before if after.status == REFUSED and before.status in _BY_ROUTERS else after for after, before in pairs
    )
    return msgspec.structs.replace(record, responses=kept)
