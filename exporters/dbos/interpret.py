"""A definition as a flow that the engine runs: each element is followed as it stands in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from exporters.canonical.plan import plan_of
from exporters.canonical.records import (
    Decision,
    Definition,
    Element,
    End,
    Loop,
    Parallel,
    Retrying,
    Run,
    Start,
    Step,
    Try,
    Wait,
    While,
)
from exporters.canonical.records import Retry as RetryRecord
from exporters.canonical.walk import all_elements
from exporters.dbos.durable.registry import Flow, Part
from exporters.dbos.durable.running import Running
from exporters.dbos.starts import is_request, requests_of, schedules_of, starts_of
from exporters.shared.identifiers import slug
from exporters.worker.flowing import MISSING, FailedError, Retry, items_of

Variables = dict[str, Any]


def flow_of(definition: Definition, roots: Sequence[Path]) -> Flow:
    """The definition, ready to run in this process; the backend's modules are found below the roots."""
    text = msgspec.json.encode(definition).decode()
    flow = Flow(
        name=slug(definition.name),
        plan=plan_of(definition),
        schedules=schedules_of(definition),
        requests=requests_of(definition),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        definition=text,
    )
    for run in definition.runs:
        add = flow.run(
            run.id, retry=_policy(run.retry), timeout=run.timeout, request=is_request(run), starts=starts_of(run)
        )
        add(partial(_body, run))
        if run.on_failure:
            flow.failed(run.id)(partial(_failed, run))
        for name, part in _parts(run):
            flow.part(name)(part)
    return flow.prepare(roots)


def _policy(retry: RetryRecord | None) -> Retry | None:
    return None if retry is None else Retry(**{name: getattr(retry, name) for name in retry.__struct_fields__})


def _body(run: Run, running: Running) -> Any:  # noqa: ANN401 - a value of the run
    # What happens on failure reads the same variables.
    running.kept = variables = dict(running.parameters)
    _follow(run.steps, running, variables)
    return variables.get(run.result)


def _failed(run: Run, running: Running) -> None:
    _follow(run.on_failure, running, running.kept | {"error": running.error})


def _parts(run: Run) -> Iterator[tuple[str, Part]]:
    for element in all_elements(run):
        if isinstance(element, Parallel):
            for number, branch in enumerate(element.branches):
                yield f"{element.id}.{number}", partial(_branch, branch.steps)
        if isinstance(element, Loop) and element.parallel:
            yield f"{element.id}.item", partial(_branch, element.steps)


def _branch(elements: tuple[Element, ...], running: Running, given: Variables) -> Variables:
    variables = dict(given)
    _follow(elements, running, variables)
    return {name: value for name, value in variables.items() if name not in given or given[name] != value}


def _follow(elements: tuple[Element, ...], running: Running, variables: Variables) -> None:
    for element in elements:
        _element(element, running, variables)


def _element(element: Element, running: Running, variables: Variables) -> None:
    match element:
        case Step():
            outputs = running.step(element.id, _inputs(element, variables), _policy(element.retry), element.timeout)
            variables.update({var: outputs[name] for name, var in element.outputs.items() if name in outputs})
        case Decision():
            holds = running.case(element.id, _inputs(element, variables))
            _follow(element.then if holds else element.otherwise, running, variables)
        case Loop():
            _loop(element, running, variables)
        case While():
            while running.case(element.id, _inputs(element, variables)):
                _follow(element.steps, running, variables)
        case Parallel():
            names = [(str(number), dict(variables)) for number in range(len(element.branches))]
            for outputs in running.parallel(element.id, names):
                variables.update(outputs)
        case Try():
            _try(element, running, variables)
        case Retrying():
            for attempt in running.attempts(element.id, _policy(element.retry) or Retry()):
                with attempt:
                    _follow(element.steps, running, variables)
        case Wait():
            seconds = variables.get(element.variable, MISSING) if element.variable else element.seconds
            running.wait(element.id, seconds)
        case Start():
            running.start(element.id, element.run, element.of)
        case End():
            raise running.end(element.id, variables.get(element.result))


def _inputs(element: Step | Decision | While, variables: Variables) -> Variables:
    return {name: variables.get(variable, MISSING) for name, variable in element.inputs.items()}


def _loop(loop: Loop, running: Running, variables: Variables) -> None:
    items = items_of(variables.get(loop.over, MISSING))
    if not loop.parallel:
        for item in items:
            variables[loop.item] = item
            _follow(loop.steps, running, variables)
        return
    ends = running.parallel(loop.id, [("item", variables | {loop.item: item}) for item in items])
    for inner, outer in loop.collect.items():
        variables[outer] = [end.get(inner, variables.get(inner)) for end in ends]


def _try(element: Try, running: Running, variables: Variables) -> None:
    try:
        _follow(element.steps, running, variables)
    except FailedError as error:
        catch = next((catch for catch in element.catch if error.fits(*catch.errors)), None)
        if catch is None:
            raise
        if catch.variable:
            variables[catch.variable] = error.value
        _follow(catch.steps, running, variables)
    finally:
        _follow(element.last, running, variables)
