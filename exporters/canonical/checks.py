"""What a definition must hold beyond its form: each fault by the path of the value that is wrong."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from exporters.canonical import code_checks, cycles, orders, variables
from exporters.canonical.faults import Fault
from exporters.canonical.records import (
    Catch,
    Definition,
    Element,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Run,
    Start,
    Step,
    Try,
    Wait,
)
from exporters.canonical.walk import Path, located

__all__ = ["Fault", "faults"]

_PART = r"(?:[^\W\d]\w*|<[^<>]*>)"
# Scripts may have any name: a module is what can be imported by its name, not only what a statement can say.
_FUNCTION = re.compile(rf"[^:]+:{_PART}(?:\.{_PART})*")
_LONGEST_WAIT = 10 * 365 * 86400.0


def faults(definition: Definition) -> Iterator[Fault]:
    """All faults of a definition."""
    runs = {run.id: run for run in definition.runs}
    if definition.start not in runs:
        yield Fault(("start",), f"there is no run `{definition.start}` to start with")
    for number, root in enumerate(definition.import_roots):
        if root.startswith("/") or ".." in root.split("/") or "\\" in root or "\0" in root:
            yield Fault(("import_roots", number), f"`{root}` leaves the backend's root")
    if definition.application and not _FUNCTION.fullmatch(definition.application):
        yield Fault(("application",), f"`{definition.application}` is not `module:object`")
    yield from _ids(definition)
    for number, run in enumerate(definition.runs):
        yield from _of_run(run, ("runs", number), runs)
    yield from cycles.faults(definition)


def _everything(run: Run, path: Path) -> Iterator[tuple[Element, Path]]:
    yield from located(run.steps, (*path, "steps"))
    yield from located(run.on_failure, (*path, "on_failure"))


def _ids(definition: Definition) -> Iterator[Fault]:
    """Runs and elements share one set of names."""
    seen: set[str] = set()
    for number, run in enumerate(definition.runs):
        here: Path = ("runs", number)
        owners: list[tuple[Run | Element, Path]] = [(run, here), *_everything(run, here)]
        for owner, path in owners:
            if not _is_name(owner.id):
                yield Fault((*path, "id"), f"the id `{owner.id}` is no Python name")
            if owner.id in seen:
                yield Fault((*path, "id"), f"the id `{owner.id}` stands twice")
            seen.add(owner.id)


def _of_run(run: Run, path: Path, runs: dict[str, Run]) -> Iterator[Fault]:
    if not _FUNCTION.fullmatch(run.function):
        yield Fault((*path, "function"), f"`{run.function}` is not `package.module:function`")
    for key, names in (("parameters", run.parameters), ("context", run.context)):
        for number, name in enumerate(names):
            if not _is_name(name):
                yield Fault((*path, key, number), f"`{name}` is no Python name")
    if run.result and not _is_name(run.result):
        yield Fault((*path, "result"), f"`{run.result}` is no Python name")
    if run.retry is not None:
        yield from _retry(run.retry, (*path, "retry"))
    yield from _limit(run.timeout, path)
    earlier: dict[str, Step] = {}
    for element, where in _everything(run, path):
        yield from _of_element(element, where, run, runs)
        if isinstance(element, Start):
            yield from _start(element, where, earlier, runs)
        if isinstance(element, Step):
            earlier[element.id] = element
    yield from orders.faults(run, path)
    yield from variables.faults(run, path)


def _of_element(element: Element, path: Path, run: Run, runs: dict[str, Run]) -> Iterator[Fault]:
    yield from code_checks.faults(element, path, run)
    match element:
        case Step():
            for number, name in enumerate(element.sends):
                if name not in runs:
                    yield Fault((*path, "sends", number), f"there is no run `{name}`")
            if element.retry is not None:
                yield from _retry(element.retry, (*path, "retry"))
            yield from _limit(element.timeout, path)
        case Retrying():
            yield from _retry(element.retry, (*path, "retry"))
        case Wait():
            yield from _wait(element, path)
        case Loop():
            yield from _names(path, {"over": element.over, "item": element.item})
            for name in (name for pair in element.collect.items() for name in pair):
                if not _is_name(name):
                    yield Fault((*path, "collect"), f"`{name}` is no Python name")
            if element.collect and not element.parallel:
                yield Fault((*path, "collect"), "only a parallel loop collects: in this one, variables stay set")
        case Parallel() if not element.branches:
            yield Fault(path, f"`{element.id}` has no branches")
        case Try():
            for number, catch in enumerate(element.catch):
                yield from _catch(catch, (*path, "catch", number))
        case _:
            pass


def _names(path: Path, names: dict[str, str]) -> Iterator[Fault]:
    for key, name in names.items():
        if not _is_name(name):
            yield Fault((*path, key), f"`{name}` is no Python name")


def _catch(catch: Catch, path: Path) -> Iterator[Fault]:
    if catch.variable:
        yield from _names(path, {"variable": catch.variable})


def _wait(wait: Wait, path: Path) -> Iterator[Fault]:
    if (wait.seconds is None) == (not wait.variable):
        yield Fault(path, f"`{wait.id}` waits for `seconds` or for as many as a `variable` holds: one of the two")
    if wait.seconds is not None and not 0 <= wait.seconds <= _LONGEST_WAIT:
        yield Fault((*path, "seconds"), f"{wait.seconds:g} is no time to wait, in seconds")


def _limit(timeout: float | None, path: Path) -> Iterator[Fault]:
    if timeout is not None and not 0 < timeout <= _LONGEST_WAIT:
        yield Fault((*path, "timeout"), f"{timeout:g} is no time limit, in seconds")


def _retry(retry: Retry, path: Path) -> Iterator[Fault]:
    if retry.attempts is not None and retry.attempts < 1:
        yield Fault((*path, "attempts"), "`attempts` counts all tries: it is at least 1")
    for key, least in (("delay", 0.0), ("max_delay", 0.0), ("backoff", 0.0)):
        value: float | None = getattr(retry, key)
        if value is not None and not least <= value <= _LONGEST_WAIT:
            yield Fault((*path, key), f"{value:g} is no {key.replace('_', ' ')}")


def _start(start: Start, path: Path, earlier: dict[str, Step], runs: dict[str, Run]) -> Iterator[Fault]:
    if start.run not in runs:
        yield Fault((*path, "run"), f"there is no run `{start.run}`")
    step = earlier.get(start.of)
    if step is None:
        yield Fault((*path, "of"), f"no earlier step of this run is called `{start.of}`")
    elif start.run in runs and start.run not in step.sends:
        yield Fault((*path, "of"), f"the step `{start.of}` does not name `{start.run}` in `sends`")


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("__")
