"""Exported workflows are such as the specification takes: by its schema, by its SDK, and by what neither looks at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml
from jsonschema import Draft202012Validator

from exporters.base import ExportResult
from exporters.canonical.load import load_definition
from exporters.serverlessworkflow.export import write
from tests.engines import packages
from tests.engines.processes import TOOLS
from tests.exporters import ordered
from tests.exporters.semantics import numbered

HERE = Path(__file__).parent
CANONICAL = sorted((HERE.parents[2] / "fixtures").glob("*/expected/canonical/*.yaml"))
SCHEMA = Draft202012Validator(json.loads((HERE / "schemas" / "workflow.json").read_text(encoding="utf-8")))
Json = Any
_ARGUMENTS = ("context", "workflow", "input")


def _documents(result: ExportResult) -> list[Json]:
    return [yaml.safe_load(a.text) for a in result.artifacts if a.path.startswith("workflows/")]


def _faults(documents: Sequence[Json]) -> list[str]:
    known = {(d["document"]["namespace"], d["document"]["name"]) for d in documents}
    return [fault for document in documents for fault in _of_document(document, known)]


def _of_document(document: Json, known: set[tuple[str, str]]) -> Iterator[str]:
    yield from (f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(document))
    functions = document["use"]["functions"]
    yield from _of_tasks(document["do"], (), functions, known)
    for function in functions.values():
        yield from _of_tasks(function["do"], (), functions, known)


def _of_tasks(
    tasks: Sequence[Json], values: tuple[str, ...], functions: Json, known: set[tuple[str, str]]
) -> Iterator[str]:
    names = [name for task in tasks for name in task]
    yield from (f"two tasks of one list are called {name}" for name in {n for n in names if names.count(n) > 1})
    for name, task in ((name, task) for each in tasks for name, task in each.items()):
        then = [task.get("then"), *(case.get("then") for each in task.get("switch", ()) for case in each.values())]
        yield from (f"{name} leads to {to}" for to in then if to not in {None, "exit", "end", "continue", *names})
        if task.get("call", "http") not in {"http", *functions}:
            yield f"{name} calls an unknown function"
        workflow = task.get("run", {}).get("workflow")
        if workflow and (workflow["namespace"], workflow["name"]) not in known:
            yield f"{name} runs an unknown workflow"
        yield from _of_parts(name, task, values, functions, known)


def _of_parts(
    name: str, task: Json, values: tuple[str, ...], functions: Json, known: set[tuple[str, str]]
) -> Iterator[str]:
    """What stands inside a task, with the names that its expressions may use."""
    catch = task.get("catch", {})
    inside = (*values, task["for"]["each"]) if "for" in task else values
    caught = (*values, catch["as"]) if "as" in catch else values
    own = {key: value for key, value in task.items() if key not in {"do", "try", "catch", "fork"}}
    yield from _of_expressions(name, own, values)
    yield from _of_expressions(name, {key: value for key, value in catch.items() if key != "do"}, caught)
    parts = [(task.get("do", ()), inside), (task.get("try", ()), values), (catch.get("do", ()), caught)]
    parts.append((task.get("fork", {}).get("branches", ()), values))
    for tasks, seen in parts:
        yield from _of_tasks(tasks, seen, functions, known)


def _of_expressions(name: str, value: Json, values: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _of_expressions(name, item, values)
    elif isinstance(value, str) and value.startswith("${"):
        try:
            jq.compile(value[2:-1], args=dict.fromkeys((*_ARGUMENTS, *values)))
        except ValueError as error:
            yield f"{name}: {value}: {error}"


def _cases() -> ExportResult:
    return write(numbered())


def _of_file(file: Path) -> ExportResult:
    return write([load_definition(file)])


def test_the_documents_of_every_element_are_well_formed() -> None:
    assert not _faults(_documents(_cases()))


def test_the_documents_of_what_comes_after_other_work_are_well_formed() -> None:
    assert not _faults(_documents(write(ordered.numbered())))


@pytest.mark.parametrize("file", CANONICAL, ids=lambda file: f"{file.parents[2].name}-{file.stem}")
def test_the_documents_of_the_fixtures_are_well_formed(file: Path) -> None:
    assert not _faults(_documents(_of_file(file)))


def test_the_sdk_takes_all_documents(tmp_path: Path) -> None:
    modules = Path(os.environ.get("NODE_MODULES") or TOOLS / "node_modules")
    node = shutil.which("node")
    if node is None or not (modules / "@serverlessworkflow" / "sdk").is_dir():
        pytest.skip("node or @serverlessworkflow/sdk is not installed: `.ci/engines` puts it into build/tools")
    files: list[str] = []
    for number, result in enumerate((_cases(), write(ordered.numbered()), *(_of_file(file) for file in CANONICAL))):
        packages.write(result.artifacts, tmp_path / str(number))
        files += sorted(map(str, (tmp_path / str(number) / "workflows").glob("*.yaml")))
    command = [node, str(HERE / "validate.cjs"), str(modules), *files]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    broken = tmp_path / "broken.yaml"
    broken.write_text(Path(files[0]).read_text(encoding="utf-8").replace("dsl: 1.0.0", "dsl: one"), encoding="utf-8")
    told = subprocess.run([*command[:3], str(broken)], capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 1


FAULTS: list[tuple[str, Callable[[Json], object], str]] = [
    ("a kind of task", lambda d: d["do"].append({"x": {"dance": 1}}), "$.do[1].x"),
    ("a way", lambda d: d["do"].append({"x": {"set": {"a": 1}, "then": "nowhere"}}), "x leads to nowhere"),
    ("a function", lambda d: d["do"].append({"x": {"call": "no"}}), "x calls an unknown function"),
    ("an expression", lambda d: d["do"].append({"x": {"set": {"a": "${ .a + }"}}}), "x: ${ .a + }"),
    ("a name of an expression", lambda d: d["do"].append({"x": {"set": {"a": "${ $no }"}}}), "x: ${ $no }"),
    ("a name", lambda d: d["do"].append(d["do"][0]), "two tasks of one list are called run"),
]


@pytest.mark.parametrize(("_name", "break_it", "said"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_broken_document_is_told(_name: str, break_it: Callable[[Json], object], said: str) -> None:
    documents = _documents(write(numbered()[:1]))
    break_it(documents[0])
    assert any(fault.startswith(said) for fault in _faults(documents))
