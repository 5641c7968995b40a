"""The original backend and the definition made from it do the same, seen from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.equivalence.conftest import Original, Outside, OutsideCall, rows, run_command, scenarios, wait_for

SCENARIOS = scenarios()
Environment = Callable[[Path], dict[str, str]]
STALE = """
from datetime import timedelta
from leads.db import Base, engine, session_scope
from leads.models import User, utcnow
Base.metadata.create_all(engine)
with session_scope() as session:
    old = utcnow() - timedelta(hours=7)
    session.add_all([User(email=f"{n}@stale.example", name=n, created_at=old) for n in "ab"])
    session.add(User(email="c@fresh.example", name="c"))
"""
RunDefinition = Callable[..., dict[str, Any]]


def post(url: str, payload: object) -> int:
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def run_original(original: Original, outside: Outside, scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """Post the lead, wait until the worker is done with it, and return its row."""
    before = len(rows(original.database))
    assert post(f"{original.url}/api/leads", scenario["request"]) == scenario["status"]
    if scenario["user"] is None:
        time.sleep(1)
        return rows(original.database)[before:]
    wait_for(lambda: rows(original.database)[before]["status"] != "new", "the worker to finish the lead")
    settled = len(outside.calls)
    time.sleep(0.5)
    assert len(outside.calls) == settled
    return rows(original.database)[before:]


def without_ids(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "id"} for row in found]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario["name"] for scenario in SCENARIOS])
def test_the_definition_makes_the_same_calls_and_leaves_the_same_rows(
    scenario: dict[str, Any],
    original: Original,
    outside: Outside,
    environment: Environment,
    run_definition: RunDefinition,
    tmp_path: Path,
) -> None:
    outside.play(scenario["answers"])
    rows_of_original = run_original(original, outside, scenario)
    calls_of_original = outside.calls

    outside.play(scenario["answers"])
    report = run_definition("create_lead", environment(tmp_path / "leads.sqlite"), payload=scenario["request"])

    assert outside.calls == calls_of_original
    assert without_ids(rows(tmp_path / "leads.sqlite")) == without_ids(rows_of_original)
    assert report["result"]["status"] == scenario["status"]
    assert report["unheard"] == []
    assert [short(call) for call in outside.calls] == scenario["calls"]
    expected = [scenario["user"]] if scenario["user"] else []
    assert [{key: row[key] for key in want} for row, want in zip(rows_of_original, expected, strict=True)] == expected


def short(call: OutsideCall) -> str:
    return f"{call.service} {call.method} {call.path.partition('?')[0]}"


def test_a_failed_step_is_reported_as_failed(
    outside: Outside, environment: Environment, run_definition: RunDefinition, tmp_path: Path
) -> None:
    scenario = next(s for s in SCENARIOS if s["name"] == "slack-down")
    outside.play(scenario["answers"])

    report = run_definition("create_lead", environment(tmp_path / "leads.sqlite"), payload=scenario["request"])

    assert report["ok"] is False
    assert [(run["run"], run["status"], run["tries"]) for run in report["runs"]] == [
        ("create_lead", "done", 1),
        ("lookup_company", "done", 1),
        ("verify_mailbox", "done", 1),
        ("route_lead", "failed", 3),
    ]


def test_a_killed_run_goes_on_where_it_was_and_repeats_no_finished_step(
    outside: Outside,
    environment: Environment,
    run_definition: RunDefinition,
    definitions: dict[str, Path],
    lead_enrichment: Path,
    project: Path,
    tmp_path: Path,
) -> None:
    scenario = SCENARIOS[0]
    mailbox = scenario["answers"]["mailbox"]
    outside.play({**scenario["answers"], "mailbox": [{**mailbox[0], "hold": True}, mailbox[0]]})
    env = {**environment(tmp_path / "leads.sqlite"), "PYTHONPATH": str(project)}
    command = run_command(
        definitions["create_lead"], lead_enrichment, tmp_path / "engine.sqlite", payload=scenario["request"]
    )
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        wait_for(outside.held.is_set, "the mailbox to be asked")
        child.send_signal(signal.SIGKILL)
    outside.release.set()

    report = run_definition("create_lead", env, resume=True)

    assert report["ok"] is True
    assert [short(call) for call in outside.calls] == [
        "company GET /companies",
        "mailbox POST /verify",
        "mailbox POST /verify",
        "slack POST /hook",
    ]
    assert [row["status"] for row in rows(tmp_path / "leads.sqlite")] == ["qualified"]


def test_the_nightly_job_queues_each_stale_lead_again(
    outside: Outside,
    environment: Environment,
    run_definition: RunDefinition,
    lead_enrichment: Path,
    tmp_path: Path,
) -> None:
    env = environment(tmp_path / "leads.sqlite")
    subprocess.run([sys.executable, "-c", STALE], env={**env, "PYTHONPATH": str(lead_enrichment)}, check=True)
    outside.play(SCENARIOS[1]["answers"])

    report = run_definition("requeue_stale_leads", env)

    assert report["ok"] is True
    assert [row["status"] for row in rows(tmp_path / "leads.sqlite")] == ["nurture", "nurture", "new"]
    assert [run["run"] for run in report["runs"]].count("lookup_company") == 2
