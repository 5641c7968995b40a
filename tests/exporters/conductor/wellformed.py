"""What Conductor asks of workflow definitions beyond its schemas, which know neither types nor references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

Json = dict[str, Any]
_SCHEMAS = Path(__file__).parent / "schemas"
_REFERENCE = re.compile(r"\$\{([^.}]+)\.([^.}]+)")
_TYPES = frozenset(
    {
        "DO_WHILE",
        "FORK_JOIN",
        "FORK_JOIN_DYNAMIC",
        "JOIN",
        "JSON_JQ_TRANSFORM",
        "SET_VARIABLE",
        "SIMPLE",
        "START_WORKFLOW",
        "SUB_WORKFLOW",
        "SWITCH",
        "TERMINATE",
        "WAIT",
    }
)
_FORKS = frozenset({"FORK_JOIN", "FORK_JOIN_DYNAMIC"})
_WORKFLOW = frozenset({"input", "variables"})


def faults(workflows: Sequence[Json], tasks: Sequence[Json]) -> list[str]:
    """All that is wrong with the definitions of one server."""
    found = [*_of_schema(workflows, "WorkflowDef"), *_of_schema(tasks, "TaskDef")]
    names, kinds = [w["name"] for w in workflows], [t["name"] for t in tasks]
    found += [f"{name} is defined twice" for each in (names, kinds) for name in sorted(_doubled(each))]
    for workflow in workflows:
        found += _of_workflow(workflow, set(names), set(kinds))
    return found


def _of_schema(documents: Sequence[Json], name: str) -> Iterator[str]:
    validator = Draft7Validator(json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))
    for document in documents:
        for error in validator.iter_errors(document):
            yield f"{document.get('name')}: {error.json_path}: {error.message}"


def _of_workflow(workflow: Json, names: set[str], kinds: set[str]) -> Iterator[str]:
    where = workflow["name"]
    tasks = list(walk(workflow["tasks"]))
    refs = [task["taskReferenceName"] for task in tasks]
    yield from (f"{where}: the reference {ref} is given twice" for ref in sorted(_doubled(refs)))
    yield from (f"{where}: {ref} looks like a loop's turn" for ref in refs if "__" in ref or ref != ref.strip("_"))
    yield from (f"{where}: {text}" for task in tasks for text in _of_task(task, names, kinds))
    yield from (f"{where}: {text}" for text in _joins(workflow["tasks"]))
    yield from (f"{where}: {text}" for text in _loops(tasks))
    for owner, part in _REFERENCE.findall(_told(tasks, workflow)):
        if owner == "workflow" and part not in _WORKFLOW:
            yield f"{where}: a workflow has no {part}"
        if owner != "workflow" and (owner not in refs or part != "output"):
            yield f"{where}: ${{{owner}.{part}}} is no output of a task"
    yield from (f"{where}: the variable {name} is never set" for name in sorted(_unset(tasks, workflow)))
    for task in tasks:
        if inner := task.get("subWorkflowParam", {}).get("workflowDefinition"):
            yield from _of_workflow(inner, names, kinds)


def _of_task(task: Json, names: set[str], kinds: set[str]) -> Iterator[str]:
    ref, kind = task["taskReferenceName"], task["type"]
    if kind not in _TYPES:
        yield f"{ref} has an unknown type {kind}"
    if kind == "SIMPLE" and task["name"] not in kinds:
        yield f"{ref} is of no known task definition: {task['name']}"
    if kind == "SWITCH":
        yield from (f"{ref}: an empty case means the default: {k}" for k, v in task["decisionCases"].items() if not v)
    if kind == "TERMINATE" and task["inputParameters"].get("terminationStatus") not in {"COMPLETED", "FAILED"}:
        yield f"{ref} has no status to end with"
    if kind == "START_WORKFLOW" and task["inputParameters"]["startWorkflow"]["name"] not in names:
        yield f"{ref} starts an unknown workflow"
    if kind == "SUB_WORKFLOW" and "workflowDefinition" not in task["subWorkflowParam"]:
        yield f"{ref} does not say what it does"
    if kind == "JSON_JQ_TRANSFORM":
        for name in re.findall(r'subWorkflowParam": {"name": "([^"]+)"', task["inputParameters"]["queryExpression"]):
            if name not in names:
                yield f"{ref} forks into an unknown workflow {name}"


def _joins(tasks: Sequence[Json]) -> Iterator[str]:
    """A fork is followed by its join, which names the last tasks of its branches."""
    for number, task in enumerate(tasks):
        for part in _parts(task):
            yield from _joins(part)
        follows = tasks[number + 1] if number + 1 < len(tasks) else {}
        if task["type"] in _FORKS and follows.get("type") != "JOIN":
            yield f"{task['taskReferenceName']} is not joined"
        if task["type"] == "FORK_JOIN" and follows.get("joinOn") != [
            b[-1]["taskReferenceName"] for b in task["forkTasks"]
        ]:
            yield f"{task['taskReferenceName']} is joined by other tasks than its last ones"


def _loops(tasks: Sequence[Json]) -> Iterator[str]:
    """A loop holds no other, and its condition asks one of its own tasks."""
    for task in tasks:
        if task["type"] != "DO_WHILE":
            continue
        inside = list(walk(task["loopOver"]))
        yield from (f"{task['taskReferenceName']} holds a loop" for each in inside if each["type"] == "DO_WHILE")
        yield from (f"{task['taskReferenceName']} holds a fork" for each in inside if each["type"] in _FORKS)
        asked = re.match(r"\(?\$\.(\w+)\[", task["loopCondition"])
        if asked is None or asked[1] not in {each["taskReferenceName"] for each in task["loopOver"]}:
            yield f"{task['taskReferenceName']} asks what it does not do"


def _unset(tasks: Sequence[Json], workflow: Json) -> set[str]:
    asked = set(re.findall(r"\$\{workflow\.variables\.([^.}\[]+)", _told(tasks, workflow)))
    return asked - {name for task in tasks if task["type"] == "SET_VARIABLE" for name in task["inputParameters"]}


def _told(tasks: Sequence[Json], workflow: Json) -> str:
    """All that may hold references."""
    return json.dumps([[task["inputParameters"] for task in tasks], workflow["outputParameters"]], ensure_ascii=False)


def _doubled(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def walk(tasks: Sequence[Json]) -> Iterator[Json]:
    """All tasks of a workflow; those of workflows inside are not its own."""
    for task in tasks:
        yield task
        for part in _parts(task):
            yield from walk(part)


def _parts(task: Json) -> list[list[Json]]:
    return [
        *task.get("decisionCases", {}).values(),
        task.get("defaultCase", []),
        *task.get("forkTasks", []),
        task.get("loopOver", []),
    ]
