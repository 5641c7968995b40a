"""The template around the machines is one that CloudFormation takes, as cfn-lint knows its rules and those of SAM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cfnlint.api import ManualArgs, lint

from exporters.base import ExportResult
from exporters.canonical.load import load_definition
from exporters.stepfunctions.export import write
from tests.exporters import ordered

FIXTURES = Path(__file__).parents[3] / "fixtures"


def template(result: ExportResult) -> str:
    return next(artifact.text for artifact in result.artifacts if artifact.path == "template.yaml")


def faults(text: str) -> list[str]:
    return [f"{match.rule.id}: {match.message}" for match in lint(text, config=ManualArgs(regions=["us-east-1"]))]


@pytest.mark.parametrize("name", ["lead_enrichment", "signup"])
def test_cloudformation_takes_the_template_of_a_backend(name: str) -> None:
    files = sorted((FIXTURES / name / "expected" / "canonical").glob("*.yaml"))
    assert not faults(template(write([load_definition(file) for file in files])))


def test_machines_that_start_each_other_do_not_refer_to_each_other() -> None:
    text = template(write(ordered.numbered()))
    assert not faults(text)
    resources = yaml.safe_load(text)["Resources"]
    machines = {name for name, one in resources.items() if one["Type"] == "AWS::Serverless::StateMachine"}
    assert not {(name, other) for name in machines for other in machines & set(_referred(resources[name]))}


def _referred(value: object) -> Iterator[str]:
    """The resources that a value of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from _referred(item)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        for item in value.values():
            yield from _referred(item)


def test_a_machine_may_start_the_machines_of_its_messages_and_look_for_what_comes_before() -> None:
    resources = yaml.safe_load(template(write(ordered.numbered())))["Resources"]
    policies = resources["Case1DoesMain"]["Properties"]["Policies"]
    statements = [one for policy in policies for one in policy.get("Statement", ())]
    started = [resource["Fn::Sub"].rpartition("-")[2] for one in statements for resource in one["Resource"]]
    assert [one["Action"] for one in statements] == ["states:StartExecution"]
    assert sorted(set(started)) == ["Case1DoesAdd", "Case1DoesTotal"]
    looking = resources["Case1DoesTotal"]["Properties"]["Policies"][1]["Statement"][0]
    assert looking["Action"] == "states:DescribeExecution"
    assert {one["Fn::Sub"].rpartition("-")[2] for one in looking["Resource"]} >= {"Case1DoesAdd:*", "Case1DoesTotal:*"}


def test_long_names_of_machines_leave_room_for_the_stacks_name() -> None:
    resources = yaml.safe_load(template(write([load_definition(file) for file in _of_leads()])))["Resources"]
    names = [one["Properties"]["Name"]["Fn::Sub"] for one in resources.values() if "Name" in one["Properties"]]
    assert len(set(names)) == len(names)
    assert all(len(name.removeprefix("${AWS::StackName}-")) <= 48 for name in names)


def _of_leads() -> list[Path]:
    return sorted((FIXTURES / "lead_enrichment" / "expected" / "canonical").glob("*.yaml"))
