"""The elements of a definition, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.canonical.records import Decision, Element, Loop, Parallel, Retrying, Run, Step, Try, While


def parts(element: Element) -> tuple[tuple[Element, ...], ...]:
    """The sequences of elements that an element holds."""
    match element:
        case Decision():
            return (element.then, element.otherwise)
        case Loop() | While() | Retrying():
            return (element.steps,)
        case Parallel():
            return tuple(branch.steps for branch in element.branches)
        case Try():
            return (element.steps, *(catch.steps for catch in element.catch), element.last)
        case _:
            return ()


def elements(sequence: tuple[Element, ...]) -> Iterator[Element]:
    """Each element of a sequence, and those inside, outer ones first."""
    for element in sequence:
        yield element
        for part in parts(element):
            yield from elements(part)


def all_elements(run: Run) -> Iterator[Element]:
    """Each element of a run, what happens on failure last."""
    yield from elements(run.steps)
    yield from elements(run.on_failure)


def code_of(run: Run) -> Iterator[Step | Decision | While]:
    """The elements that execute code of the backend."""
    return (element for element in all_elements(run) if isinstance(element, Step | Decision | While))
