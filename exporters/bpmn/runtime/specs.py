"""Processes as SpiffWorkflow knows them: gateways and loops that keep a run's variables apart, and states as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - it ships no types
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway as SpiffParallelGateway
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import VALIDATOR, SpiffBpmnParser
from SpiffWorkflow.spiff.parser.task_spec import SubWorkflowParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.spiff.specs.defaults import ParallelMultiInstanceTask, SequentialMultiInstanceTask, SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

Facts = Mapping[str, Mapping[str, str]]
"""What the file says of a node beside BPMN's own, by the node's id."""
Task = Any
"""SpiffWorkflow ships no types."""
_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
# What is extended here ships no types.
_Gateway: Any = SpiffParallelGateway
_AtOnce: Any = ParallelMultiInstanceTask
_InTurn: Any = SequentialMultiInstanceTask
_CARRIED = ("vars", "sent", "tries")
"""What a turn of a loop hands on to the next."""


class Engine(PythonScriptEngine):
    """Evaluates the file's expressions; it also holds what the file says of each node."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    def call_service(self, task: Task, **_given: Any) -> str:  # noqa: ARG002 - the runner has done the work by then
        """What a service task leaves in its result variable: nothing that is used."""
        return "null"


def facts_of(task: Task) -> Mapping[str, str]:
    """What the file says of the task's node."""
    return task.workflow.top_workflow.script_engine.facts.get(task.task_spec.bpmn_id or "", {})


class ParallelGateway(_Gateway):
    """Joins the branches of one fork: each gives the variables that it sets.

    SpiffWorkflow's own merges the data of all branches, in which each has the others' old values, and in a loop it
    takes branches of an earlier turn for those of this one.
    """

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        facts = facts_of(my_task)
        if "fork" not in facts:
            return super()._check_threshold_unstructured(my_task)
        arrived = {task.parent.task_spec.name for task in self._arrived(my_task, facts["fork"])}
        return arrived >= {spec.name for spec in self.inputs}

    def _run_hook(self, my_task: Task) -> bool:
        facts = facts_of(my_task)
        if "fork" not in facts:
            return super()._run_hook(my_task)
        kept: Mapping[str, list[str]] = json.loads(facts["kept"])
        data = deepcopy(my_task.parent.data)
        for task in self._arrived(my_task, facts["fork"]):
            found = task.parent.data
            names = kept.get(task.parent.task_spec.name, [])
            data["vars"] = {**data["vars"], **{name: found["vars"][name] for name in names if name in found["vars"]}}
            data["sent"] = {**data["sent"], **found["sent"]}
        my_task.data = data
        return True

    def _arrived(self, my_task: Task, fork: str) -> list[Task]:
        mine = my_task.find_ancestor(fork)
        return [
            task
            for task in my_task.workflow.get_tasks(spec_name=self.name)
            if task.parent.state == TaskState.COMPLETED and task.find_ancestor(fork) is mine
        ]


class _Turns:
    """What both kinds of loops over items do: an instance for each item, whose variables come back as the file says."""

    task_spec: str

    def create_child(self: Any, my_task: Task, _item: Any, number: int | None = None) -> None:
        turns = my_task.internal_data.setdefault("turns", {})
        index = len(turns) if number is None else number
        turns[str(index)] = None
        spec = my_task.workflow.spec.task_specs[self.task_spec]
        self.listen(spec)
        child = my_task._add_child(spec, TaskState.WAITING)
        child.triggered = True
        child.internal_data["key_or_index"] = index
        child.task_spec._update(child)

    def listen(self: Any, spec: Any) -> None:
        """Hear of each turn's end. SpiffWorkflow forgets this when a state is read again."""
        if not spec.completed_event.is_connected(self.merge_child):
            spec.completed_event.connect(self.merge_child)


class EachAtOnce(_Turns, _AtOnce):
    """All items at once."""

    def _update_hook(self, my_task: Task) -> Any:
        my_task.internal_data["turns"] = {}
        found = super()._update_hook(my_task)
        return self._collected(my_task) if found else found

    def merge_child(self, _workflow: Any, child: Task) -> None:
        """Keep what the turn has set; when all have ended, list it."""
        my_task = child.parent
        collect = json.loads(facts_of(child)["collect"])
        values = {name: child.data["vars"][name] for name in collect if name in child.data["vars"]}
        my_task.internal_data["turns"][str(child.internal_data["key_or_index"])] = values
        if self.children_complete(my_task):
            self._collected(my_task)
            my_task._set_state(TaskState.READY)

    def _collected(self, my_task: Task) -> bool:
        collect = json.loads(_of_loop(my_task, self.task_spec)["collect"])
        turns = [turn for _, turn in sorted(my_task.internal_data["turns"].items(), key=lambda pair: int(pair[0]))]
        listed = {into: [turn[name] for turn in turns] for name, into in collect.items()}
        my_task.data["vars"] = {**my_task.data["vars"], **listed}
        return True


class EachInTurn(_Turns, _InTurn):
    """One item after the other: what a turn sets, the next one has."""

    def merge_child(self, _workflow: Any, child: Task) -> None:
        """Take over what the turn has set, and begin the next."""
        my_task = child.parent
        for key in _CARRIED:
            my_task.data[key] = deepcopy(child.data[key])
        if self.children_complete(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


def _of_loop(my_task: Task, child: str) -> Mapping[str, str]:
    spec = my_task.workflow.spec.task_specs[child]
    return my_task.workflow.top_workflow.script_engine.facts.get(spec.bpmn_id, {})


class _SubProcessParser(SubWorkflowParser):
    PARALLEL_MI_CLASS = EachAtOnce
    SEQUENTIAL_MI_CLASS = EachInTurn


class Parser(SpiffBpmnParser):
    """Reads the file; it must be as BPMN's schema says."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - as the class that it extends
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
        full_tag("subProcess"): (_SubProcessParser, SubWorkflowTask),
    }


def _serializer() -> BpmnWorkflowSerializer:
    config: dict[Any, Any] = dict(SPIFF_CONFIG)
    config[ParallelGateway] = config.pop(SpiffParallelGateway)
    config[EachAtOnce] = config.pop(ParallelMultiInstanceTask)
    config[EachInTurn] = config.pop(SequentialMultiInstanceTask)
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(cast("Any", config)))


class Processes:
    """The processes of one file."""

    def __init__(self, file: Path) -> None:
        parser = Parser(validator=VALIDATOR)
        parser.add_bpmn_file(str(file))
        self._facts = _facts(file)
        self._specs = {
            self._facts[name]["run"]: (parser.get_spec(name), parser.get_subprocess_specs(name))
            for name in parser.get_process_ids()
            if "run" in self._facts.get(name, {}) and "do" not in self._facts[name]
        }
        self._serializer = _serializer()

    def begin(self, run: str, data: dict[str, Any]) -> BpmnWorkflow:
        """A run before its first element."""
        spec, inner = self._specs[run]
        made = BpmnWorkflow(spec, inner, script_engine=Engine(self._facts))
        made.get_tasks(state=TaskState.READY)[0].data.update(data)
        return made

    def write(self, workflow: BpmnWorkflow) -> str:
        """The state, as text."""
        return cast("str", self._serializer.serialize_json(workflow))

    def read(self, text: str) -> BpmnWorkflow:
        """The run in that state."""
        made = cast("BpmnWorkflow", self._serializer.deserialize_json(text))
        made.script_engine = Engine(self._facts)
        for specs in (made.spec, *made.subprocess_specs.values()):
            for spec in specs.task_specs.values():
                if isinstance(spec, EachAtOnce | EachInTurn):
                    spec.listen(specs.task_specs[spec.task_spec])
        return made

    def result_of(self, run: str) -> str:
        """The variable that holds what the run returns."""
        return next(facts["result"] for facts in self._facts.values() if facts.get("run") == run and "result" in facts)

    def starts_of(self, step: str) -> set[str]:
        """The runs to which the file lets go what a step has sent."""
        return {facts["run"] for facts in self._facts.values() if facts.get("do") == "start" and facts["of"] == step}


def _facts(file: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for node in etree.parse(str(file)).iterfind(".//spiffworkflow:property", _SPACES):
        owner = node.getparent().getparent().getparent()
        found.setdefault(owner.get("id"), {})[node.get("name")] = node.get("value")
    return found
