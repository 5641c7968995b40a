"""The exported processes are well-formed, and the rules that say so do find faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.base import ExportResult
from exporters.canonical.load import load_definition
from exporters.unmeshed import export as unmeshed

Faults = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def result(lead_enrichment: Path) -> ExportResult:
    files = sorted((lead_enrichment.parent / "expected" / "canonical").glob("*.yaml"))
    return unmeshed.write([load_definition(file) for file in files])


def process(result: ExportResult, name: str) -> dict[str, Any]:
    return json.loads(next(a.text for a in result.artifacts if a.path == f"processes/{name}.json"))


def test_every_process_keeps_the_rules(result: ExportResult, process_faults: Faults) -> None:
    documents = [json.loads(a.text) for a in result.artifacts if a.path.startswith("processes/")]
    stale = "on_schedule_requeue_stale_leads_and_1_more"
    names = [
        stale,
        f"{stale}_failed",
        f"{stale}_lookup_company",
        f"{stale}_lookup_company_failed",
        "post_api_leads",
        "post_api_leads_failed",
    ]
    assert [document["name"] for document in documents] == names
    started = {document["configuration"].get("onFailProcess", {}).get("name") for document in documents} - {None}
    assert started == {name for name in names if name.endswith("_failed")}
    assert [fault for document in documents for fault in process_faults(document)] == []


def test_the_lead_enrichment_process_is_the_golden_one(
    result: ExportResult, lead_enrichment: Path, golden: Callable[[Path, str], None]
) -> None:
    folder = lead_enrichment.parent / "expected" / "unmeshed"
    for artifact in result.artifacts:
        if not artifact.path.startswith(("definitions/", "workers/engine/")):
            golden(folder / artifact.path, artifact.text)


def test_each_policy_that_a_step_names_exists(result: ExportResult) -> None:
    policies = json.loads(next(a.text for a in result.artifacts if a.path == "error_policies.json"))
    used = {
        step["configuration"]["errorPolicyName"]
        for step in process(result, "post_api_leads")["steps"]
        if step["configuration"]
    }
    assert used <= policies.keys()
    assert policies["post_api_leads_lookup_company"]["errorConfiguration"] == {
        "action": "RETRY",
        "retryInterval": 1000,
        "retryBackoffExponential": True,
        "retryCount": 4,
    }


def test_the_generated_modules_are_python(result: ExportResult) -> None:
    for artifact in result.artifacts:
        if artifact.path.endswith(".py"):
            compile(artifact.text, artifact.path, "exec")


def broken(change: Callable[[dict[str, dict[str, Any]]], object], document: dict[str, Any]) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    change({"process": copied, **{step["ref"]: step for step in copied["steps"]}})
    return copied


SHAPE = [
    ("WORKER", "set_payload"),
    ("WORKER", "validate_input"),
    ("WORKER", "insert_user"),
    ("WORKER", "enqueue_look_up_company"),
    ("WORKER", "respond"),
    ("WORKER", "company_find_by_domain"),
    ("WORKER", "enqueue_verify_mailbox"),
    ("WORKER", "run_verify_mailbox"),
    ("WORKER", "scoring_classify"),
    ("WORKER", "ask_if_status_qualified"),
    ("SWITCH", "if_status_qualified"),
    ("WORKER", "yes: post_message"),
    ("WORKER", "no: log_info"),
    ("WORKER", "update_user"),
]


def leaves(steps: list[dict[str, Any]], inside: str = "") -> list[tuple[str, str]]:
    """What each step is, in order, with the ways inside which it stands; without what only picks and begins."""
    found: list[tuple[str, str]] = []
    for step in steps:
        kind = step["type"]
        if kind in {"LIST", "SWITCH"}:
            found += [(kind, f"{inside}{step['ref']}")] if kind == "SWITCH" else []
            found += leaves(step["children"], f"{inside}{step['label']}: " if kind == "LIST" else inside)
        elif kind != "JAVASCRIPT" and not step["ref"].startswith(("begin_", "due_")):
            found.append((kind, f"{inside}{step['ref']}"))
    return found


def test_the_lead_enrichment_process_has_the_shape_that_its_readers_expect(result: ExportResult) -> None:
    """Validate, insert, look the company and the mailbox up, classify, route, tell Slack or skip, update the row."""
    assert leaves(process(result, "post_api_leads")["steps"]) == SHAPE


FAULTS: dict[str, Callable[[dict[str, dict[str, Any]]], object]] = {
    "unknown field bogus": lambda s: s["scoring_classify"].update(bogus=1),
    "process: unknown field bogus": lambda s: s["process"].update(bogus=1),
    "process: bad type FLOW": lambda s: s["process"].update(type="FLOW"),
    "bad type WHILE": lambda s: s["scoring_classify"].update(type="WHILE"),
    "the reference stands twice": lambda s: s["scoring_classify"].update(ref="due_route_lead"),
    "the target nope is no child": lambda s: s["if_status_qualified"]["input"]["responseMapping"][0].update(
        targetRef="nope"
    ),
    "is not finished before": lambda s: s["validate_input"]["input"].update(a="{{ steps.classify.output.score }}"),
    "outside of FOREACH": lambda s: s["scoring_classify"]["input"].update(a="{{ foreach.value }}"),
    "unknown root": lambda s: s["scoring_classify"]["input"].update(a="{{ input.order }}"),
    "WAIT needs script": lambda s: s["due_route_lead"]["input"].clear(),
    "WORKER with 1 children": lambda s: s["scoring_classify"].update(children=[dict(s["due_route_lead"], ref="other")]),
    "a script uses later": lambda s: s["due_route_lead"]["input"].update(script="() => steps.later.output"),
}


@pytest.mark.parametrize("message", FAULTS)
def test_the_rules_find_a_fault(message: str, result: ExportResult, process_faults: Faults) -> None:
    found = process_faults(broken(FAULTS[message], process(result, "post_api_leads")))
    assert any(message in fault for fault in found), found
