"""A run as a process: it waits for its time, does its elements, and says what becomes of it when they fail."""

from __future__ import annotations

from dataclasses import dataclass

from exporters.bpmn.elements import AGAIN, ENDED, FAILED, REFUSED, Elements
from exporters.bpmn.names import Names, plain
from exporters.bpmn.shapes import Block, Edge, Node, Row
from exporters.canonical.records import Definition, End, Run
from exporters.canonical.walk import all_elements, received_runs

_REQUESTS = frozenset({"http", "webhook"})


@dataclass(frozen=True, slots=True)
class Process:
    """One run, as it is written and drawn."""

    id: str
    run: Run
    name: str
    row: Row
    edges: list[Edge]
    errors: list[Node]
    facts: dict[str, str]


def processes(definition: Definition) -> list[Process]:
    """The processes of a definition, in its order; their ids are those of the runs wherever XML allows."""
    names = Names()
    ids = [names(run.id) for run in definition.runs]
    started = received_runs(definition)
    return [
        _process(run, name, names, is_started=run.id in started) for run, name in zip(definition.runs, ids, strict=True)
    ]


def _process(run: Run, name: str, names: Names, *, is_started: bool) -> Process:
    make = Elements(names)
    title = plain(run.name or run.id)
    begin = make.leaf(make.node(f"begin_{run.id}", "serviceTask", "Take the input", do="begin", step=run.id))
    blocks: list[Block] = [begin, *_timed(run, make, title)]
    if run.retry is not None or run.on_failure or run.kind in _REQUESTS or _ends(run):
        blocks = [_guarded(run, make, blocks, title)]
    start = make.leaf(make.node(f"start_{run.id}", "startEvent", "Message arrives" if is_started else "Start"))
    due = [make.leaf(make.timer(f"due_{run.id}", "Wait until due", "due", "timeDate"))] if is_started else []
    end = make.leaf(make.node(f"end_{run.id}", "endEvent", "Done"))
    row = make.row([start, *due, *blocks, end])
    assert row is not None
    return Process(name, run, title, row, make.edges, make.errors, {"run": run.id, "result": run.result})


def _timed(run: Run, make: Elements, title: str) -> list[Block]:
    """What a run does; where its time is limited, in a sub-process that a timer ends."""
    blocks = make.blocks(run.steps)
    if run.timeout is None:
        return blocks
    around = make.inside(f"timed_{run.id}", f"{title}, in time", blocks)
    late = make.timer(f"late_{run.id}", f"After {run.timeout:g} s", f'"PT{run.timeout:.6f}S"', tag="boundaryEvent")
    failing = make.leaf(make.node(f"overdue_{run.id}", "serviceTask", "Fail: it takes too long", do="overdue"))
    end = make.leaf(make.node(f"over_{run.id}", "endEvent", "Overdue"))
    return [make.guarded(around, f"timed_{run.id}", handlers=[(late, [failing, end])])]


def _ends(run: Run) -> bool:
    return any(isinstance(element, End) for element in all_elements(run))


def _guarded(run: Run, make: Elements, blocks: list[Block], title: str) -> Block:
    """The whole run, with its tries, its early ends, and what happens when it has failed for good."""
    activity = make.inside(f"run_{run.id}", title, blocks)
    handlers: list[tuple[Node, list[Block]]] = []
    if run.kind in _REQUESTS or _ends(run):
        ended = make.takes(run.id, "Ended early", kinds=[ENDED])
        handlers.append((ended, [make.leaf(make.node(f"ended_{run.id}", "endEvent", "Ended", do="ended"))]))
    if run.kind in _REQUESTS:
        failed = make.takes(run.id, "Failed", kinds=[FAILED, AGAIN, REFUSED])
        answer = make.leaf(make.node(f"answer_{run.id}", "serviceTask", "Answer the error", do="answer", run=run.id))
        end = make.leaf(make.node(f"answered_{run.id}", "endEvent", "Answered", do="ended"))
        handlers.append((failed, [answer, end]))
    elif run.on_failure:
        failed = make.takes(run.id, "Failed for good", kinds=[FAILED, AGAIN, REFUSED], variable="error")
        end = make.leaf(make.node(f"failed_{run.id}", "endEvent", "Failed", do="fail"))
        handlers.append((failed, [*make.blocks(run.on_failure), end]))
    return make.guarded(activity, f"run_{run.id}", retry=run.retry, handlers=handlers, kinds=(FAILED, AGAIN))
