"""Queues of libraries that no catalog describes: what a decorator made of a function is sent by `.delay(…)`.

Functions have no such attribute. Where one stands below a decorator of which nothing is known, and code calls `.delay`
on it, that decorator gave it the method, as those of all task queues do. What is sent so is a task, less certainly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.facts import records as facts
from discover.frameworks.handing_over.stored_work import add_task
from discover.resolve.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

UNKNOWN_QUEUE = "unknown queue"
_SENDING = ("delay", "apply_async", "kiq", "send_with_options", "defer", "defer_async")
"""Methods by which queues' tasks are sent, and that mean nothing else of a function."""
_CONFIDENCE = 0.7


def learn_unknown_queues(bench: Workbench) -> None:
    """Learn the rules by which functions below unknown decorators are sent, and that they are tasks."""
    known = {path for _, rule in bench.learned.dispatches for path in spec.paths_of(rule.call)}
    tasks = {entry.unit for entry in bench.found.entry_points.values() if entry.kind == "task"}
    for name in _SENDING:
        path = f"function.{name}"
        sent = _sent(bench, bench.index.calls(path), tasks) if path not in known else {}
        if not sent:
            continue
        arguments = spec.Arguments(args=0, kwargs=1) if name == "apply_async" else spec.Arguments(start=0)
        rule = spec.Dispatch(call=path, to=spec.Pick(receiver="value"), arguments=arguments)
        bench.learned.dispatches.append((UNKNOWN_QUEUE, rule))
        for function in sent:
            evidence = f".{name} is called on it, below a decorator that no catalog describes"
            add_task(bench, function, framework=UNKNOWN_QUEUE, confidence=_CONFIDENCE, evidence=evidence)


def _sent(bench: Workbench, matches: list[Match], tasks: set[str]) -> dict[Function, None]:
    """The functions below a decorator of which the method is called, and which no library has made a task."""
    receivers = [value for match in matches for value in match.receivers]
    functions = [value.function for value in receivers if isinstance(value, FunctionValue)]
    decorated = (one for one in functions if one.is_project and one.record.decorators and not one.wrappers)
    return {one: None for one in decorated if one.id not in tasks and not _is_own(bench, one)}


def _is_own(bench: Workbench, function: Function) -> bool:
    """Whether a decorator is the project's: what it does with the function is there to be read."""
    made = [one.function if isinstance(one, facts.Call) else one for one in function.record.decorators]
    found = [value for one in made for value in bench.program.values_of(function.module.body, one)]
    return any(
        (isinstance(value, FunctionValue) and value.function.is_project)
        or (isinstance(value, ClassValue) and value.cls.is_project)
        for value in found
    )
