"""Which variables elements set, and which they surely set."""

from __future__ import annotations

from collections.abc import Sequence

from exporters.canonical.records import Decision, Element, End, Loop, Parallel, Retrying, Run, Step, Try, Wait, While
from exporters.canonical.walk import all_elements, elements
from exporters.python_code.text import surely_bound


def set_in(steps: Sequence[Element]) -> tuple[str, ...]:
    """All variables that the elements may set outside of their own parallel loops, in the order of the elements."""
    found: dict[str, None] = {}
    hidden = {
        name
        for element in elements(tuple(steps))
        if isinstance(element, Loop) and element.parallel
        for name in (element.item, *set_in(element.steps))
    }
    for element in elements(tuple(steps)):
        if isinstance(element, Loop) and element.parallel:
            found.update(dict.fromkeys(element.collect.values()))
        else:
            found.update(dict.fromkeys(set_by(element)))
    collected = {
        name
        for element in elements(tuple(steps))
        if isinstance(element, Loop) and element.parallel
        for name in element.collect.values()
    }
    return tuple(name for name in found if name not in hidden or name in collected)


def set_by(element: Element) -> tuple[str, ...]:
    """The variables that an element itself sets, a loop's item and a caught error among them."""
    match element:
        case Step():
            return tuple(element.outputs.values())
        case Loop():
            return (element.item, *element.collect.values())
        case Try():
            return tuple(catch.variable for catch in element.catch if catch.variable)
        case _:
            return ()


def read_in(run: Run) -> frozenset[str]:
    """The variables that any element of the run reads, or that the run gives back."""
    found = {run.result}
    for element in all_elements(run):
        match element:
            case Step() | Decision() | While():
                found.update(element.inputs.values())
            case Loop():
                found.update((element.over, *element.collect))
            case Wait():
                found.add(element.variable)
            case End():
                found.add(element.result)
            case _:
                pass
    return frozenset(found - {""})


def surely_set(element: Element) -> frozenset[str]:
    """The variables that have a value whenever the element has ended well."""
    match element:
        case Step():
            bound = surely_bound(element.code) if element.code else {"result"}
            return frozenset(variable for name, variable in element.outputs.items() if name in bound)
        case Decision():
            return _after(element.then) & _after(element.otherwise)
        case Parallel():
            return frozenset().union(*(_after(branch.steps) for branch in element.branches))
        case Loop(parallel=True):
            return frozenset(element.collect.values())
        case Retrying():
            return _after(element.steps)
        case Try():
            ways = [_after(element.steps), *(_after(catch.steps) for catch in element.catch)]
            return frozenset.intersection(*ways) | _after(element.last)
        case _:
            return frozenset()


def _after(steps: Sequence[Element]) -> frozenset[str]:
    """What is surely set behind a sequence; behind an end nothing happens, so all could be said to be."""
    found: set[str] = set()
    for element in steps:
        found |= surely_set(element)
        if isinstance(element, End):
            break
    return frozenset(found)
