"""One run while it goes on: gateways, loops and timers are SpiffWorkflow's; pieces of code are told to the caller."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, StartEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from exporters.bpmn.runtime.specs import EachAtOnce, EachInTurn, Task, facts_of
from exporters.python_code.runtime.flows import Retry
from exporters.worker.errors import fits, overdue
from exporters.worker.messages import Context, Message

Outcome = dict[str, Any]
_ASKED = frozenset({"answer", "ask", "begin", "step"})
"""What a worker does; the rest of the service tasks is done here."""


@dataclass(frozen=True, slots=True)
class Work:
    """A piece that a worker has to do."""

    task: Task
    do: str
    step: str
    inputs: dict[str, Any]
    context: Context
    limit: float | None
    """Seconds."""
    error: Any
    """With `answer`: the error."""


@dataclass
class Running:
    """A run between its beginning and its end."""

    workflow: BpmnWorkflow
    result: str
    """The variable that holds what it returns."""
    letting_go: list[tuple[str, list[Message]]] = field(default_factory=list[tuple[str, list[Message]]])
    """Messages that have left: the run that each start names (empty: any that the file knows), and what was sent."""
    ended: Outcome | None = None

    def advance(self) -> list[Work]:
        """Go on as far as it goes without a worker; what workers have to do then."""
        while self.ended is None:
            if self.workflow.completed:
                self.ended = {"ok": True, "result": self._data()["vars"].get(self.result)}
                break
            self.workflow.refresh_timers()
            ready = [task for task in self.workflow.get_tasks(state=TaskState.READY) if not _is_asked(task)]
            if not ready:
                return [_work(task) for task in self.workflow.get_tasks(state=TaskState.READY)]
            self._do(min(ready, key=_urgency))
        return []

    def wakes_at(self) -> float | None:
        """The time of the next timer, in seconds since 1970."""
        found = [_time_of(task) for task in self.workflow.get_tasks(state=TaskState.WAITING)]
        return min((time for time in found if time is not None), default=None)

    def apply(self, task: Task, outcome: Outcome) -> None:
        """Go on with what a worker has made of a piece; a piece that is not waited for any more changes nothing."""
        if task.state != TaskState.READY or self.ended is not None:
            return
        if "done" not in outcome:
            self.letting_go.append(("", outcome.get("sent") or []))
            self._throw(task, outcome)
            return
        done, facts, data = outcome["done"], facts_of(task), task.data
        match facts["do"]:
            case "begin":
                data.update(vars=done["outputs"], sent={})
            case "ask":
                data["case"] = bool(done["outputs"]["case"])
            case "answer":
                data["failure"] = {"kind": "ended", "result": done}
            case _:
                outputs = json.loads(facts["outputs"])
                set_here = {into: done["outputs"][name] for name, into in outputs.items() if name in done["outputs"]}
                data["vars"] = {**data["vars"], **set_here}
                data["sent"] = {**data["sent"], facts["step"]: done["sent"]}
        task.run()

    def _do(self, task: Task) -> None:
        """One task that needs no worker."""
        facts, data = facts_of(task), task.data
        match facts.get("do", ""):
            case "start":
                sent = [m for m in data["sent"].get(facts["of"], []) if m["run"] == facts["run"]]
                self.letting_go.append((facts["run"], sent))
                task.run()
            case "raise":
                self._throw(task, data["failure"])
            case "overdue":
                self._throw(task, {"kind": "failed", "described": overdue()})
            case "end":
                self._end_early(task, facts["result"])
            case "ended":
                self.ended = {"ok": True, "result": data["failure"].get("result")}
            case "fail":
                self.ended = {"ok": False, "error": data["failure"].get("described")}
            case _:
                _prepare(task)
                self._run(task)

    def _run(self, task: Task) -> None:
        try:
            task.run()
        except Exception as error:  # noqa: BLE001 - an expression over a variable that nothing has set
            self._throw(task, _refused(f"{task.task_spec.bpmn_name or task.task_spec.name}: {error}"))

    def _end_early(self, task: Task, result: str) -> None:
        if result and result not in task.data["vars"]:
            self._throw(task, _refused(f"nothing has set `{result}`"))
        else:
            self._throw(task, {"kind": "ended", "result": task.data["vars"].get(result)})

    def _throw(self, task: Task, failure: Outcome) -> None:
        """Let the innermost boundary event take it; the run ends where none does."""
        data = deepcopy(task.data)
        data["failure"] = failure
        event = _taking(task, failure, data)
        if event is None:
            is_end = failure["kind"] == "ended"
            self.ended = {"ok": is_end, "result": failure.get("result"), "error": failure.get("described")}
            return
        facts = facts_of(event)
        if "retry" in facts:
            _count(event.task_spec.bpmn_id, _retry(facts), failure, data, is_run="again" in facts["takes"])
        if facts.get("variable"):
            data["vars"] = {**data["vars"], facts["variable"]: failure["described"]["value"]}
        event.internal_data["carried"] = data
        event.task_spec.catch(event, BpmnEvent(event.task_spec.event_definition))
        event.task_spec._update(event)

    def _data(self) -> dict[str, Any]:
        last: Task = self.workflow.last_task
        return last.data


def _urgency(task: Task) -> int:
    """Errors first: what they end must not go on."""
    return 0 if isinstance(task.task_spec, BoundaryEvent) else 1 if isinstance(task.task_spec, BoundaryEventJoin) else 2


def _is_asked(task: Task) -> bool:
    return facts_of(task).get("do") in _ASKED


def _work(task: Task) -> Work:
    facts, data = facts_of(task), task.data
    names = json.loads(facts.get("inputs", "{}"))
    return Work(
        task=task,
        do=facts["do"],
        step=facts.get("step") or facts.get("run", ""),
        inputs={name: data["vars"][variable] for name, variable in names.items() if variable in data["vars"]},
        context=data["context"],
        limit=float(facts["limit"]) if "limit" in facts else None,
        error=data.get("failure", {}).get("described"),
    )


def _prepare(task: Task) -> None:
    """Put into a task's data what it begins with."""
    facts = facts_of(task)
    if "carried" in task.internal_data:
        task.data = task.internal_data.pop("carried")
    elif "tries" in facts and task.parent.task_spec.bpmn_id != facts["back"]:
        task.data["tries"] = {name: n for name, n in task.data["tries"].items() if name != facts["tries"]}
    elif isinstance(task.task_spec, StartEvent) and task.workflow.parent_task_id is not None:
        around = task.workflow.top_workflow.get_task_from_id(task.workflow.parent_task_id)
        if isinstance(around.parent.task_spec, EachAtOnce | EachInTurn):
            loop, values = facts_of(around), task.data["vars"]
            item = values[loop["over"]][around.internal_data["key_or_index"]]
            task.data["vars"] = {**values, loop["item"]: item}


def _taking(task: Task, failure: Outcome, data: dict[str, Any]) -> Task | None:
    """The boundary event that takes a failure of the task, the innermost first."""
    here: Task | None = task
    while here is not None:
        around = here.parent
        if isinstance(around.task_spec, EachAtOnce | EachInTurn):
            here = around
            continue
        if isinstance(around.task_spec, BoundaryEventSplit):
            for event in around.children:
                is_waiting = isinstance(event.task_spec, BoundaryEvent) and event.state == TaskState.WAITING
                if is_waiting and _takes(event, failure, data):
                    return event
        inside = here.workflow.parent_task_id
        here = here.workflow.top_workflow.get_task_from_id(inside) if inside is not None else None
    return None


def _takes(event: Task, failure: Outcome, data: dict[str, Any]) -> bool:
    facts = facts_of(event)
    if "takes" not in facts:
        return False
    takes = json.loads(facts["takes"])
    if failure["kind"] not in takes["kinds"]:
        return False
    if failure["kind"] == "failed" and takes["errors"] and not fits(failure["described"], takes["errors"]):
        return False
    if failure["kind"] == "failed" and takes["kinds"] == ["failed"] and not fits(failure["described"], takes["errors"]):
        return False
    return "retry" not in facts or not _retry(facts).is_over(data["tries"].get(event.task_spec.bpmn_id, 0) + 1)


def _retry(facts: Any) -> Retry:
    told: dict[str, Any] = json.loads(facts["retry"])
    told["errors"] = tuple(told.get("errors", ()))
    told["backoff"] = told.get("backoff") or 1.0
    return Retry(**told)


def _count(event: str, retry: Retry, failure: Outcome, data: dict[str, Any], *, is_run: bool) -> None:
    tries = data["tries"].get(event, 0) + 1
    data["tries"] = {**data["tries"], event: tries}
    asked = failure.get("delay")
    data["delay"] = retry.seconds(tries, random.random) if asked is None else asked
    if is_run:
        data["context"] = cast("Context", {**data["context"], "attempt": tries})


def _refused(reason: str) -> Outcome:
    described = {"types": ["exporters.worker.errors.RefusedError"], "message": reason, "value": None}
    return {"kind": "refused", "described": described}


def _time_of(task: Task) -> float | None:
    value = task.internal_data.get("event_value")
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
