"""The tasks of a Conductor workflow, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Task = dict[str, Any]
VERSION = 1
OWNER = "owner@example.com"
"""Whom the server is to tell of a definition; it asks for one, and `register --owner` puts the real one in."""


def simple(name: str, ref: str, inputs: Mapping[str, Any], *, about: str = "") -> Task:
    """Work for the workers that poll this name."""
    task = _task("SIMPLE", ref, inputs, name=name)
    return {**task, "description": about} if about else task


def switch(ref: str, way: str, cases: Mapping[str, list[Task]], default: Sequence[Task] = ()) -> Task:
    """The case that a text names; a case without tasks would be taken for the default, so it has to be empty too."""
    task = _task("SWITCH", ref, {"way": way})
    filled = {case: tasks for case, tasks in cases.items() if tasks}
    task |= {"evaluatorType": "value-param", "expression": "way", "decisionCases": filled}
    return {**task, "defaultCase": list(default)}


def set_variables(ref: str, changes: Mapping[str, Any]) -> Task:
    """Variables of the workflow take values."""
    return _task("SET_VARIABLE", ref, changes)


def terminate(ref: str, status: str, output: Mapping[str, Any], reason: str = "") -> Task:
    """The workflow ends here."""
    told = {"terminationReason": reason} if reason else {}
    return _task("TERMINATE", ref, {"terminationStatus": status, **told, "workflowOutput": dict(output)})


def do_while(ref: str, body: Sequence[Task], asked: str, way: Sequence[str], value: str) -> Task:
    """The body again until the output of one of its tasks holds this value.

    Conductor's sweeper may ask when that task of the next turn has begun and holds nothing: this is no end of the loop.
    """
    *outer, last = way
    held = f"$.{asked}"
    for key in outer:
        held = f"({held}[{json.dumps(key)}] || {{}})"
    condition = f"{held}[{json.dumps(last)}] != {json.dumps(value)}"
    return {**_task("DO_WHILE", ref, {}), "loopCondition": condition, "loopOver": list(body)}


def fork(ref: str, branches: Sequence[Sequence[Task]]) -> Task:
    """Branches side by side; a join has to follow."""
    return {**_task("FORK_JOIN", ref, {}), "forkTasks": [list(branch) for branch in branches]}


def fork_dynamic(ref: str, tasks: str, inputs: str) -> Task:
    """Tasks side by side that are known when it runs; a join has to follow."""
    task = _task("FORK_JOIN_DYNAMIC", ref, {"tasks": tasks, "inputs": inputs})
    return {**task, "dynamicForkTasksParam": "tasks", "dynamicForkTasksInputParamName": "inputs"}


def join(ref: str, on: Sequence[str] = ()) -> Task:
    """Wait for the ends of the branches."""
    return {**_task("JOIN", ref, {}), "joinOn": list(on)}


def sub_workflow(ref: str, inputs: Mapping[str, Any], document: Mapping[str, Any]) -> Task:
    """A workflow inside this one, whose definition stands right here."""
    param = {"name": document["name"], "version": VERSION, "workflowDefinition": dict(document)}
    return {**_task("SUB_WORKFLOW", ref, inputs), "subWorkflowParam": param}


def started(name: str, message: Any) -> Task:  # noqa: ANN401 - a reference, or jq's
    """What START_WORKFLOW is given for a message."""
    return {"startWorkflow": {"name": name, "version": VERSION, "input": {"message": message}}}


def start_workflow(ref: str, name: str, message: str) -> Task:
    """Start a workflow of its own for a message, and go on at once."""
    return _task("START_WORKFLOW", ref, started(name, message))


def wait(ref: str, seconds: int | str) -> Task:
    """A durable timer, in whole seconds."""
    return _task("WAIT", ref, {"duration": f"{seconds} seconds"})


def jq(ref: str, expression: str, inputs: Mapping[str, Any]) -> Task:
    """A value made of others by the server itself."""
    return _task("JSON_JQ_TRANSFORM", ref, {**inputs, "queryExpression": expression})


def document(name: str, tasks: Sequence[Task], outputs: Mapping[str, Any], about: str = "") -> Task:
    """A workflow definition."""
    return {
        "name": name,
        "description": about,
        "version": VERSION,
        "schemaVersion": 2,
        "ownerEmail": OWNER,
        "inputParameters": [],
        "tasks": list(tasks),
        "outputParameters": dict(outputs),
        "timeoutPolicy": "ALERT_ONLY",
        "timeoutSeconds": 0,
    }


def _task(kind: str, ref: str, inputs: Mapping[str, Any], name: str = "") -> Task:
    return {"name": name or ref, "taskReferenceName": ref, "type": kind, "inputParameters": dict(inputs)}
