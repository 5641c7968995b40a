"""Work side by side, and work that other runs do: forks, what joins them, and starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exporters.canonical.records import Loop, Parallel, Start
from exporters.canonical.walk import are_several
from exporters.conductor import tasks
from exporters.conductor.names import given_back, typed
from exporters.conductor.order import Group
from exporters.conductor.scope import Scope, output, sent
from exporters.conductor.tasks import Task

if TYPE_CHECKING:
    from exporters.conductor.elements import Elements

_GATHER = (
    "[.tasks[].taskReferenceName as $ref | .joined[$ref]] | "
    '{goes: (if map(select(.goes == "out")) == [] then "on" else "out" end), '
    'ending: (map(select(.goes == "out") | .ending) | .[0]), '
    "collected: %s}"
)


@dataclass(frozen=True, slots=True)
class Inner:
    """A workflow definition inside another, with what it is given and what it gives back."""

    document: Task
    inputs: Mapping[str, Any]
    outs: tuple[str, ...]


def together(made_by: Elements, element: Parallel, scope: Scope) -> list[Task]:
    """Branches side by side; all end, then the first that failed is the element's failure."""
    branches: list[list[Task]] = []
    refs: list[str] = []
    for number, branch in enumerate(element.branches, 1):
        with scope.way():
            made, ref = made_by.inside(f"{element.id}_{number}", branch.steps, scope)
        branches.append(made)
        refs.append(ref)
    scope.known |= {name for branch in element.branches for name in given_back(branch.steps)}
    ends = [branch[-1]["taskReferenceName"] for branch in branches]
    forked = tasks.fork(scope.ref(element.id), branches)
    joined = tasks.join(scope.ref(f"{element.id}_join"), ends)
    return [forked, joined, *(made_by.guard(ref, scope) for ref in refs)]


def each(made_by: Elements, element: Loop, scope: Scope) -> list[Task]:
    """A workflow for each item, all at once; what they have set is gathered in the items' order."""
    name = f"{scope.name}.{element.id}"
    inner = made_by.inner(Scope(name, True, outs=tuple(element.collect)), element.steps, scope, element.item)
    made_by.documents.append(inner.document)
    given = {**inner.inputs, "items": scope.value(element.over)}
    each_input = f"{{variables: (.variables + {{{json.dumps(element.item)}: .items[$n]}})}}"
    made = _forked(element.id, "SUB_WORKFLOW", {"name": name, "version": tasks.VERSION}, each_input, given, scope)
    fields = ", ".join(f"{json.dumps(into)}: map(.variables[{json.dumps(v)}])" for v, into in element.collect.items())
    fork, join = made[0]["taskReferenceName"], made[-1]["taskReferenceName"]
    ref = scope.ref(f"{element.id}_gather")
    inputs = {"tasks": output(fork, "result", "tasks"), "joined": f"${{{join}.output}}"}
    made += [tasks.jq(ref, _GATHER % f"{{{fields}}}", inputs), made_by.guard(ref, scope, "result")]
    if element.collect:
        changes = {into: output(ref, "result", "collected", into) for into in element.collect.values()}
        made.append(tasks.set_variables(scope.ref(f"{element.id}_set"), changes))
        scope.known |= set(changes)
    return made


def starts(made_by: Elements, group: Group, scope: Scope) -> list[Task]:
    """Let go what the step has sent to the runs of a group: each message starts its workflow, in an order if any."""
    at_once = [task for element in group for task in _start(made_by, element, scope)]
    if not are_several(group):
        return at_once
    first, variable = group[0].id, sent(group[0].of)
    given = {"items": scope.value(variable, "requests", first)}
    in_order = _forked(f"{first}_in_order", "START_WORKFLOW", None, "{startWorkflow: .items[$n]}", given, scope)
    way = scope.value(variable, "way")
    return [tasks.switch(scope.ref(f"{first}_goes"), way, {"in_order": in_order}, at_once)]


def _start(made_by: Elements, element: Start, scope: Scope) -> list[Task]:
    name = typed(made_by.flow, element.run)
    messages = scope.value(sent(element.of), "runs", element.run)
    if not element.many:
        return [tasks.start_workflow(scope.ref(element.id), name, f"{messages.removesuffix('}')}[0]}}")]
    given = tasks.started(name, "MESSAGE")
    each_input = json.dumps(given).replace('"MESSAGE"', ".items[$n]")
    return _forked(element.id, "START_WORKFLOW", None, each_input, {"items": messages}, scope)


def _forked(
    element: str, kind: str, param: Mapping[str, Any] | None, each_input: str, given: Mapping[str, Any], scope: Scope
) -> list[Task]:
    """The tasks that a fork makes when it runs: one of a kind for each item."""
    listed, fork, join = (scope.ref(f"{element}{end}") for end in ("_items", "", "_join"))
    task = {"name": element, "type": kind, **({"subWorkflowParam": dict(param)} if param else {})}
    ref = f'"{fork}-\\($n)"'
    fields = json.dumps(task)[1:-1]
    number = "((.items // []) | keys[]) as $n"
    expression = (
        f"{{tasks: [{number} | {{taskReferenceName: {ref}, {fields}}}], "
        f"inputs: ([{number} | {{key: {ref}, value: {each_input}}}] | from_entries)}}"
    )
    return [
        tasks.jq(listed, expression, given),
        tasks.fork_dynamic(fork, output(listed, "result", "tasks"), output(listed, "result", "inputs")),
        tasks.join(join),
    ]
