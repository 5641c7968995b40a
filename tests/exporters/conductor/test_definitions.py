"""Exported workflow and task definitions are such as Conductor takes: by its schemas, and by what these don't know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters.base import ExportResult
from exporters.canonical.load import load_definition
from exporters.conductor.export import write
from tests.exporters.conductor.wellformed import faults, walk
from tests.exporters.semantics import numbered

FIXTURES = Path(__file__).parents[3] / "fixtures"
CANONICAL = sorted(FIXTURES.glob("*/expected/canonical/*.yaml"))
Json = dict[str, Any]


def _documents(result: ExportResult, folder: str) -> list[Json]:
    texts = [artifact.text for artifact in result.artifacts if artifact.path.startswith(f"{folder}/")]
    return [document for text in texts for document in json.loads(text)]


def _faults(result: ExportResult) -> list[str]:
    return faults(_documents(result, "workflows"), _documents(result, "tasks"))


def test_the_definitions_of_every_element_are_well_formed() -> None:
    assert not _faults(write(numbered()))


@pytest.mark.parametrize("file", CANONICAL, ids=lambda file: f"{file.parents[2].name}-{file.stem}")
def test_the_definitions_of_the_fixtures_are_well_formed(file: Path) -> None:
    assert not _faults(write([load_definition(file)]))


def _first(workflow: Json, kind: str) -> Json:
    return next(task for task in walk(workflow["tasks"]) if task["type"] == kind)


FAULTS: list[tuple[str, Callable[[Json], object], str]] = [
    ("a version", lambda w: w.update(version="one"), "is not of type 'integer'"),
    ("a type", lambda w: w["tasks"][0].update(type="NOPE"), "unknown type NOPE"),
    ("a name", lambda w: w["tasks"][0].update(name="nope"), "no known task definition: nope"),
    ("a ref", lambda w: w["tasks"][1].update(taskReferenceName="begin"), "begin is given twice"),
    ("a turn", lambda w: w["tasks"][1].update(taskReferenceName="a__b"), "a__b looks like a loop's turn"),
    ("an output", lambda w: w.update(outputParameters={"x": "${nope.output.x}"}), "${nope.output} is no output"),
    ("a variable", lambda w: w.update(outputParameters={"x": "${workflow.variables.no}"}), "no is never set"),
    ("a case", lambda w: _first(w, "SWITCH")["decisionCases"].update(no=[]), "an empty case"),
    ("a status", lambda w: _first(w, "TERMINATE")["inputParameters"].update(terminationStatus="x"), "no status"),
    ("a join", lambda w: _first(w, "JOIN").update(joinOn=[]), "joined by other tasks"),
]


@pytest.mark.parametrize(("_name", "break_it", "said"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_broken_definition_is_told(_name: str, break_it: Callable[[Json], object], said: str) -> None:
    definition = next(d for d in numbered() if any(e.id == "p" and hasattr(e, "branches") for e in d.runs[0].steps))
    result = write([definition])
    workflows = _documents(result, "workflows")
    break_it(workflows[0])
    assert any(said in fault for fault in faults(workflows, _documents(result, "tasks")))
