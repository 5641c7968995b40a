"""Whether the variables that elements read can have been set before them."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.canonical.faults import Fault
from exporters.canonical.records import (
    Catch,
    Decision,
    Element,
    End,
    Loop,
    Parallel,
    Retrying,
    Run,
    Step,
    Try,
    Wait,
    While,
)
from exporters.canonical.walk import Path, located

ERROR = "error"
"""The variable that holds the reason in `on_failure`."""


def faults(run: Run, path: Path) -> Iterator[Fault]:
    """Variables of a run that are read where nothing can have set them, or set by two branches side by side."""
    reader = _Reader(run, path)
    known = set(run.parameters)
    yield from reader.sequence(run.steps, (*path, "steps"), known)
    if run.result and run.result not in known and run.steps:
        yield Fault((*path, "result"), f"nothing in the run sets `{run.result}`")
    yield from reader.sequence(run.on_failure, (*path, "on_failure"), known | {ERROR})


class _Reader:
    """Follows a run's elements with the variables that may be set so far."""

    def __init__(self, run: Run, path: Path) -> None:
        self._run = run
        self._setters: dict[str, str] = {}
        for element, _ in (*located(run.steps, path), *located(run.on_failure, path)):
            for name in _sets(element):
                self._setters.setdefault(name, element.id)

    def sequence(self, elements: tuple[Element, ...], path: Path, known: set[str]) -> Iterator[Fault]:
        """The faults of a sequence; `known` grows by what it sets."""
        for number, element in enumerate(elements):
            yield from self._element(element, (*path, number), known)

    def _element(self, element: Element, path: Path, known: set[str]) -> Iterator[Fault]:
        for where, name in _reads(element):
            if name not in known:
                yield Fault((*path, *where), self._missing(name))
        match element:
            case Step():
                known |= set(element.outputs.values())
            case Decision():
                yield from self._either(((element.then, "then"), (element.otherwise, "otherwise")), path, known)
            case Loop():
                yield from self._loop(element, path, known)
            case While():
                known |= _all_sets(element.steps)
                yield from self.sequence(element.steps, (*path, "steps"), known)
            case Parallel():
                yield from self._parallel(element, path, known)
            case Try():
                yield from self._try(element, path, known)
            case Retrying():
                yield from self.sequence(element.steps, (*path, "steps"), known)
            case _:
                pass

    def _missing(self, name: str) -> str:
        setter = self._setters.get(name)
        if setter is None:
            return f"nothing sets the variable `{name}`"
        return f"the variable `{name}` is not set yet: `{setter}`, which sets it, comes later"

    def _either(
        self, ways: tuple[tuple[tuple[Element, ...], str], ...], path: Path, known: set[str]
    ) -> Iterator[Fault]:
        before = set(known)
        for elements, key in ways:
            inside = set(before)
            yield from self.sequence(elements, (*path, key), inside)
            known |= inside

    def _loop(self, loop: Loop, path: Path, known: set[str]) -> Iterator[Fault]:
        inside = known | {loop.item}
        if not loop.parallel:
            inside |= _all_sets(loop.steps)
        yield from self.sequence(loop.steps, (*path, "steps"), inside)
        for name in loop.collect:
            if name not in inside:
                yield Fault((*path, "collect"), f"nothing in the loop sets `{name}`", key=name)
        known |= set(loop.collect.values()) if loop.parallel else inside

    def _parallel(self, element: Parallel, path: Path, known: set[str]) -> Iterator[Fault]:
        before = set(known)
        owners: dict[str, str] = {}
        for number, branch in enumerate(element.branches):
            where = (*path, "branches", number)
            inside = set(before)
            yield from self.sequence(branch.steps, (*where, "steps"), inside)
            for inner, place in located(branch.steps, (*where, "steps")):
                for name in sorted(_outputs(inner)):
                    owner = owners.setdefault(name, str(number))
                    if owner != str(number):
                        yield Fault(place, f"two branches of `{element.id}` set the variable `{name}`")
            known |= inside

    def _try(self, element: Try, path: Path, known: set[str]) -> Iterator[Fault]:
        yield from self.sequence(element.steps, (*path, "steps"), known)
        after = set(known)
        for number, catch in enumerate(element.catch):
            inside = known | _variable(catch)
            yield from self.sequence(catch.steps, (*path, "catch", number, "steps"), inside)
            after |= inside
        known |= after
        yield from self.sequence(element.last, (*path, "last"), known)


def _variable(catch: Catch) -> set[str]:
    return {catch.variable} if catch.variable else set()


def _reads(element: Element) -> Iterator[tuple[Path, str]]:
    """The variables that an element reads itself, with the places where it says so."""
    match element:
        case Step() | Decision() | While():
            for name, variable in element.inputs.items():
                yield ("inputs", name), variable
        case Loop():
            yield ("over",), element.over
        case Wait() if element.variable:
            yield ("variable",), element.variable
        case End() if element.result:
            yield ("result",), element.result
        case _:
            pass


def _sets(element: Element) -> set[str]:
    """The variables that an element sets itself."""
    match element:
        case Step():
            return set(element.outputs.values())
        case Loop():
            return set(element.collect.values()) | {element.item}
        case Try():
            return {name for catch in element.catch for name in _variable(catch)}
        case _:
            return set()


def _outputs(element: Element) -> set[str]:
    """The variables that are left behind: a loop's item and a caught error are its own."""
    return set(element.outputs.values()) if isinstance(element, Step) else set[str]()


def _all_sets(elements: tuple[Element, ...]) -> set[str]:
    return {name for element, _ in located(elements, ()) for name in _sets(element)}
