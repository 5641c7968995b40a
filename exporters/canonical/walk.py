"""The elements of a definition, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from exporters.canonical.records import (
    Decision,
    Definition,
    Element,
    Loop,
    Parallel,
    Retrying,
    Run,
    Start,
    Step,
    Try,
    While,
)

Path = tuple[str | int, ...]
"""Keys and indices that lead to a value of the file."""


def named_parts(element: Element) -> tuple[tuple[Path, tuple[Element, ...]], ...]:
    """The sequences of elements that an element holds, each with its way from the element."""
    match element:
        case Decision():
            return ((("then",), element.then), (("otherwise",), element.otherwise))
        case Loop() | While() | Retrying():
            return ((("steps",), element.steps),)
        case Parallel():
            return tuple((("branches", n, "steps"), branch.steps) for n, branch in enumerate(element.branches))
        case Try():
            caught = (((("catch", n, "steps")), catch.steps) for n, catch in enumerate(element.catch))
            return ((("steps",), element.steps), *caught, (("last",), element.last))
        case _:
            return ()


def parts(element: Element) -> tuple[tuple[Element, ...], ...]:
    """The sequences of elements that an element holds."""
    return tuple(sequence for _, sequence in named_parts(element))


def located(sequence: tuple[Element, ...], path: Path) -> Iterator[tuple[Element, Path]]:
    """Each element of the sequence at the path, and those inside, with its own path; outer ones first."""
    for number, element in enumerate(sequence):
        here = (*path, number)
        yield element, here
        for way, part in named_parts(element):
            yield from located(part, (*here, *way))


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


def starts_of(run: Run, step: str) -> list[Start]:
    """The elements that let go what a step of the run sends."""
    return [element for element in all_elements(run) if isinstance(element, Start) and element.of == step]


def received_runs(definition: Definition) -> frozenset[str]:
    """The runs that messages of the definition start."""
    return frozenset(e.run for run in definition.runs for e in all_elements(run) if isinstance(e, Start))


def are_several(starts: Collection[Start]) -> bool:
    """Whether the starts of one step may let go more than one message, so that one may come after another."""
    return len(starts) > 1 or any(start.many for start in starts)
