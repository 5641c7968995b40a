"""Runs as process definitions: the first run's, and one for each run that messages start apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exporters.canonical.records import Run
from exporters.unmeshed.flow import NAMESPACE, Flow, plain
from exporters.unmeshed.steps import Steps

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
    made = [_process(flow.name, first, Steps(flow, flow.name), by_message=False)]
    done: set[str] = set()
    while open_ones := [run for run in flow.apart if run not in done]:
        name = open_ones[0]
        done.add(name)
        made.append(_process(flow.apart[name], flow.run(name), Steps(flow, flow.apart[name]), by_message=True))
    return made


def _process(name: str, run: Run, steps: Steps, *, by_message: bool) -> Process:
    given = {"message": "{{ context.input.message }}"} if by_message else {"input": "{{ context.input }}"}
    listed = steps.of_run(run, given, waits=by_message, is_whole=True)
    limit = round(run.timeout * 1000) if run.timeout is not None else _DAY_MS
    result = {"result": steps.result.template} if steps.result else {}
    document = {
        "namespace": NAMESPACE,
        "name": name,
        "version": 1,
        "type": "STANDARD",
        "description": plain(f"{run.name or run.id} ({run.at})" if run.at else run.name or run.id),
        "configuration": {"completionTimeout": limit},
        "steps": listed,
        "defaultInput": {},
        "defaultOutput": {},
        "outputMapping": result,
        "metadata": {},
        "tags": [{"name": "source", "value": "undercurrent"}],
    }
    return Process(name, document, steps.workers)
