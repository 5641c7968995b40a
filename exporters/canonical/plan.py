"""A definition, as the workers know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from exporters.canonical.records import Decision as DecisionRecord
from exporters.canonical.records import Definition, Element, Retrying, Run, Start, Step, Try, While
from exporters.canonical.walk import all_elements, parts
from exporters.worker.plan import Piece, Plan
from exporters.worker.plan import Run as RunPlan

Guards = tuple[tuple[str, ...], ...]


def plan_of(definition: Definition, functions: Mapping[str, Callable[..., Any]] | None = None) -> Plan:
    """The runs and pieces; generated functions, by the ids of their steps, take the place of code."""
    return Plan(
        runs=[_run(run, definition) for run in definition.runs],
        pieces=[piece for run in definition.runs for piece in _pieces(run, functions or {})],
        start=definition.start,
        application=definition.application,
        loads=definition.loads,
    )


def _run(run: Run, definition: Definition) -> RunPlan:
    request = next(
        (t for t in definition.triggers if t.kind in {"http", "webhook"} and run.id == definition.start), None
    )
    return RunPlan(
        id=run.id,
        kind=run.kind,
        framework=run.framework,
        function=run.function,
        wrapper=run.wrapper,
        task=run.task,
        queue=run.queue,
        parameters=run.parameters,
        context=run.context,
        attempts=run.retry.attempts if run.retry else None,
        method=request.methods[0] if request and request.methods else "",
        path=request.path if request else "",
        channels=_channels(run, definition),
    )


def _channels(run: Run, definition: Definition) -> tuple[str, ...]:
    """Where the messages are published that start the run."""
    starts = (
        element
        for each in definition.runs
        for element in all_elements(each)
        if isinstance(element, Start) and element.run == run.id and element.kind == "publish"
    )
    return tuple(sorted({channel for start in starts for channel in start.channel.split(", ") if channel}))


def _pieces(run: Run, functions: Mapping[str, Callable[..., Any]]) -> Iterator[Piece]:
    guards: Guards = (run.retry.errors,) if run.retry else ()
    yield from _inside(run.steps, run, functions, guards, fails=False)
    yield from _inside(run.on_failure, run, functions, (), fails=True)


def _inside(
    sequence: tuple[Element, ...],
    run: Run,
    functions: Mapping[str, Callable[..., Any]],
    guards: Guards,
    *,
    fails: bool,
) -> Iterator[Piece]:
    for element in sequence:
        if isinstance(element, Step | DecisionRecord | While):
            yield _piece(element, run, functions, guards, fails=fails)
        for number, part in enumerate(parts(element)):
            yield from _inside(part, run, functions, (*guards, *_guards(element, number)), fails=fails)


def starts_of(run: Run, step: str) -> list[Start]:
    """The elements that let go what a step sends."""
    return [one for one in all_elements(run) if isinstance(one, Start) and one.of == step]


def _guards(element: Element, number: int) -> Guards:
    """The errors that an element takes from its part of that number."""
    match element:
        case Try() if number == 0:
            return tuple(catch.errors for catch in element.catch)
        case Retrying():
            return (element.retry.errors,)
        case _:
            return ()


def _piece(
    element: Step | DecisionRecord | While,
    run: Run,
    functions: Mapping[str, Callable[..., Any]],
    guards: Guards,
    *,
    fails: bool,
) -> Piece:
    step = element if isinstance(element, Step) else None
    if step is not None and step.retry is not None:
        guards = (*guards, step.retry.errors)
    return Piece(
        id=element.id,
        run=run.id,
        call=element.call,
        module=element.module,
        code=element.code,
        function=functions.get(element.id),
        inputs=tuple(element.inputs),
        outputs=tuple(step.outputs) if step else (),
        condition=step is None,
        sends=step.sends if step else (),
        order=tuple((one.run, one.after) for one in starts_of(run, element.id) if one.after is not None),
        responds=bool(step and step.responds),
        guards=guards,
        at=element.at,
        fails=fails,
    )
