"""The instructions of exported packages: how to run them, and everything that is left to decide."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

import exporters
from exporters.base import Loss
from exporters.canonical import Definition, Step, Trigger
from exporters.canonical.load import load_definition
from exporters.python_code.needs import inputs
from exporters.worker.backend import Served

LEAD = Path(__file__).parents[1] / "canonical" / "lead.yaml"
PACKAGES = sorted(set(exporters.FROM_DEFINITIONS) - {"yaml"})
COMMANDS = {
    "bpmn": "exporters.bpmn.runtime.serving",
    "conductor": "exporters.conductor.runtime.serving",
    "dbos": "exporters.dbos.durable.commands",
    "restate": "exporters.restate.runtime.serving",
    "serverlessworkflow": "exporters.serverlessworkflow.runtime.serving",
    "temporal": "exporters.temporal.runtime.serving",
    "unmeshed": "exporters.unmeshed.runtime.serving",
}


def readme_of(form: str, definitions: Sequence[Definition], losses: Sequence[Loss] = ()) -> str:
    result = exporters.load_writer(form).write(definitions, losses)
    return next(artifact.text for artifact in result.artifacts if artifact.path == "README.md")


@pytest.fixture
def lead() -> Definition:
    return load_definition(LEAD)


@pytest.mark.parametrize("form", PACKAGES)
def test_losses_of_the_definitions_themselves_are_told_with_those_of_the_form(form: str, lead: Definition):
    loss = Loss("hop-not-captured", f"{lead.id}#place", "the hop over `queue` is no element")
    result = exporters.load_writer(form).write([lead], [loss])
    assert result.losses[0] == loss
    text = readme_of(form, [lead], [loss])
    assert "In `post_api_leads`:" in text
    assert "- `place`: the hop over `queue` is no element (`hop-not-captured`)" in text
    for told in result.losses[1:]:
        assert told.code in text


@pytest.mark.parametrize("form", PACKAGES)
def test_it_tells_inputs_needs_and_the_old_way(form: str, lead: Definition):
    text = readme_of(form, [lead])
    headings = re.findall(r"^##+ .*", text, re.MULTILINE)
    assert headings[-4:] == ["## Inputs", "## What the backend needs", "## Left to decide", "### The old way"]
    assert "Started by request `POST /api/leads`. Input: `" in text
    assert not re.search(r"\{(package|first|named|start|flows|losses|processes)\}", text)


@pytest.mark.parametrize("form", sorted(COMMANDS))
def test_each_command_of_the_instructions_is_one_that_the_package_takes(
    form: str, lead: Definition, monkeypatch: pytest.MonkeyPatch
):
    main = _main(form)
    text = readme_of(form, [lead])
    commands = re.findall(r"^(?:.*`)?python -m workers ?([^`\n]*)", text, re.MULTILINE)
    assert commands
    parse = argparse.ArgumentParser.parse_args
    for command in commands:
        monkeypatch.setattr("sys.argv", ["workers", *shlex.split(command)])

        def parsed(parser: argparse.ArgumentParser) -> NoReturn:
            parse(parser)
            raise InterruptedError

        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parsed)
        with pytest.raises(InterruptedError):
            main()
        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)


def _main(form: str) -> Callable[[], object]:
    try:
        found: Any = importlib.import_module(COMMANDS[form]).main
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed")
    served = [Served("post_api_leads", "create_lead")]
    match form:
        case "dbos":
            return lambda: found("workers", ["post_api_leads"], ["."])
        case "unmeshed":
            return lambda: found(["post_api_leads"], "workers", "default", ["."])
        case _:
            return lambda: found(served, "workers", ["."])


def test_steps_in_which_several_things_happen_are_listed_by_their_reason(lead: Definition):
    first = lead.runs[0].steps[0]
    assert isinstance(first, Step)
    whole = msgspec.structs.replace(first, whole="`update` takes any number of arguments")
    run = msgspec.structs.replace(lead.runs[0], steps=(whole, *lead.runs[0].steps[1:]))
    text = readme_of("temporal", [msgspec.structs.replace(lead, runs=(run, *lead.runs[1:]))])
    assert f"- `update` takes any number of arguments: `post_api_leads.{first.id}`" in text


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        (Trigger(kind="http", methods=("GET",), path="/a"), '{"query": {}}'),
        (Trigger(kind="http", methods=("PUT",), path="/a/<int:n>"), '{"path_params": {"n": null}, "json": {}}'),
        (Trigger(kind="http", methods=("GET",), path="/a/{n:int}"), '{"path_params": {"n": null}}'),
    ],
)
def test_the_example_of_an_input_is_what_the_workers_take(trigger: Trigger, told: str, lead: Definition):
    assert inputs(msgspec.structs.replace(lead, triggers=(trigger,))) == told


def test_arguments_are_named_in_the_example_of_an_input(lead: Definition):
    definition = msgspec.structs.replace(lead, start="lookup_company")
    assert inputs(definition) == '{"user_id": null}'


def test_a_django_command_is_run_with_its_own_defaults(lead: Definition):
    first = msgspec.structs.replace(
        lead.runs[0], kind="command", framework="django", parameters=("args", "options"), steps=()
    )
    assert inputs(msgspec.structs.replace(lead, runs=(first,))) == ""


def test_of_many_triggers_the_first_are_told(lead: Definition):
    triggers = tuple(Trigger(kind="http", methods=("GET",), path=f"/{n}") for n in range(5))
    text = readme_of("dbos", [msgspec.structs.replace(lead, triggers=triggers)])
    assert "Started by request `GET /0`, request `GET /1`, request `GET /2`, 2 others." in text


def test_nothing_from_a_backend_is_markdown_or_shell_in_the_instructions(lead: Definition):
    name = "x\n## Heading\n```\nrm -rf / `id` <script>alert(1)</script> {package} | $(id)"
    trigger = Trigger(kind="http", methods=("POST",), path="/a'; rm -rf / #`id`\n```")
    changed = msgspec.structs.replace(lead, name=name, triggers=(trigger,))
    plain, hostile = (
        readme_of("dbos", [lead]),
        readme_of("dbos", [changed], [Loss("a`b", f"{lead.id}#`\n# x", "`\n# y")]),
    )
    assert "<script>" not in hostile
    for mark in ("#", "```", "python -m", "pip "):
        count = [sum(line.startswith(mark) for line in text.splitlines()) for text in (plain, hostile)]
        assert count[0] == count[1], mark
