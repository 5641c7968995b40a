"""Runs as process definitions: the first run's, and one for each run that messages start apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exporters.canonical.limits import is_of_the_whole
from exporters.canonical.records import Run
from exporters.unmeshed.flow import NAMESPACE, Flow, Step_, plain
from exporters.unmeshed.scripts import Place
from exporters.unmeshed.steps import Failing, Steps

_DAY_MS = 86_400_000


@dataclass(slots=True)
class Process:
    """One process definition and its workers."""

    name: str
    document: dict[str, Any]
    workers: list[dict[str, Any]]


def processes(flow: Flow) -> list[Process]:
    """The process of the definition's first run, and those of the runs that it starts apart."""
    first = flow.run(flow.definition.start)
    made = [*_with_failure(flow.name, first, flow, by_message=False)]
    done: set[str] = set()
    while open_ones := [run for run in flow.apart if run not in done]:
        name = open_ones[0]
        done.add(name)
        made += _with_failure(flow.apart[name], flow.run(name), flow, by_message=True)
    return made


def _with_failure(name: str, run: Run, flow: Flow, *, by_message: bool) -> Iterator[Process]:
    """The process of a run, and the one that is started when one of the runs in it has failed for good."""
    steps = Steps(flow, name)
    given = {"message": "{{ context.input.message }}"} if by_message else {"input": "{{ context.input }}"}
    listed = steps.of_run(run, given, waits=by_message, is_whole=True)
    document = _document(name, run, listed)
    if run.timeout is not None and is_of_the_whole(run, flow.definition):
        document["configuration"]["completionTimeout"] = round(run.timeout * 1000)
    if steps.result:
        document["outputMapping"] = {"result": steps.result.template}
    if not steps.failing:
        yield Process(name, document, steps.workers)
        return
    failed = flow.names(f"{name}_failed")
    document["configuration"]["onFailProcess"] = {
        "namespace": NAMESPACE,
        "name": failed,
        "version": 1,
        "input": {one.run.id: _of_failed(one) for one in steps.failing},
    }
    yield Process(name, document, steps.workers)
    after = Steps(flow, failed)
    hooks = [step for one in steps.failing for step in after.of_failure(one.run)]
    yield Process(failed, _document(failed, run, hooks), after.workers)


def _of_failed(one: Failing) -> dict[str, Any]:
    """What the process on failure is told of a run: what began it, and the error of whichever step of it has one."""
    errors = {ref: Place(ref, ("lastError",)).template for ref in one.refs}
    return {"given": one.given, "errors": errors}


def _document(name: str, run: Run, steps: list[Step_]) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "name": name,
        "version": 1,
        "type": "STANDARD",
        "description": plain(f"{run.name or run.id} ({run.at})" if run.at else run.name or run.id),
        "configuration": {"completionTimeout": _DAY_MS},
        "steps": steps,
        "defaultInput": {},
        "defaultOutput": {},
        "outputMapping": {},
        "metadata": {},
        "tags": [{"name": "source", "value": "undercurrent"}],
    }
