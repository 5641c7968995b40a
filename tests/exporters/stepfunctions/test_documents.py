"""Exported machines are such as Step Functions takes, by the rules of asl-validator."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from exporters.canonical.load import load_definition
from exporters.canonical.records import Definition
from exporters.stepfunctions.machine import machine
from tests.engines.processes import TOOLS
from tests.exporters import ordered
from tests.exporters.semantics import numbered

HERE = Path(__file__).parent
CANONICAL = sorted((HERE.parents[2] / "fixtures").glob("*/expected/canonical/*.yaml"))
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:"
Json = Any


@pytest.fixture(scope="module")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[Json]], list[str]]:
    """The faults that asl-validator finds, a line each; "number.json: what is wrong"."""
    modules = Path(os.environ.get("NODE_MODULES") or TOOLS / "node_modules")
    node = shutil.which("node")
    if node is None or not (modules / "asl-validator").is_dir():
        pytest.skip("node or asl-validator is not installed: `.ci/engines` puts it into build/tools")

    def faults(documents: Sequence[Json]) -> list[str]:
        folder = tmp_path_factory.mktemp("machines")
        for number, document in enumerate(documents):
            (folder / f"{number}.json").write_text(json.dumps(document), encoding="utf-8")
        files = sorted(map(str, folder.glob("*.json")))
        command = [node, str(HERE / "validate.cjs"), str(modules), *files]
        told = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert not told.stderr
        return told.stdout.splitlines()

    return faults


def _machines(definitions: Sequence[Definition]) -> Iterator[Json]:
    """The machines with ARNs in the places of what the template puts in."""
    for definition in definitions:
        for run in definition.runs:
            text = json.dumps(machine(run, definition))
            yield json.loads(_PLACEHOLDER.sub(lambda found: _ARN + found.group()[2:-1], text))


def test_the_validator_takes_the_machines_of_every_element(validate: Callable[[Sequence[Json]], list[str]]) -> None:
    assert not validate(list(_machines([*numbered(), *ordered.numbered()])))


def test_the_validator_takes_the_machines_of_the_fixtures(validate: Callable[[Sequence[Json]], list[str]]) -> None:
    assert not validate(list(_machines([load_definition(file) for file in CANONICAL])))


FAULTS: list[tuple[str, Callable[[Json], object], str]] = [
    ("a way to nowhere", lambda m: m["States"]["Begin"].update(Next="Nowhere"), "Nowhere"),
    ("a state that nothing leads to", lambda m: m["States"].update(More={"Type": "Succeed"}), "More"),
    ("a field", lambda m: m["States"]["Begin"].update(Nekst="Done"), "/States/Begin is invalid"),
    ("an end", lambda m: m["States"]["Done"].update(Type="Pass", End=False), "End"),
]


@pytest.mark.parametrize(("_name", "break_it", "said"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_broken_machine_is_told(
    _name: str, break_it: Callable[[Json], object], said: str, validate: Callable[[Sequence[Json]], list[str]]
) -> None:
    document = next(_machines(numbered()[:1]))
    break_it(document)
    found = validate([document])
    assert found
    assert said.lower() in found[0].lower()
