"""A project's own queue of functions by name: `dispatch(clean_up, args=…)`.

Somewhere the dotted name of a function that is given is put together (`f"{func.__module__}.{func.__name__}"`) and left
in a store, and somewhere else what data names is imported. A function that does the first hands over what it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.handing_over.attached import OWN_QUEUE
from discover.frameworks.handing_over.keeping import Keeping
from discover.frameworks.handing_over.stored_work import add_task
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.reading.passing import Passages
from discover.frameworks.records import Dispatch, called_at
from discover.resolve.dynamic_imports import LOADERS
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.values import Values

_CONFIDENCE = 0.7
_ONE_OF = 0.5
_LEVELS = 3
"""So many callers above the function that puts the name together may be the one that stores it."""


def find_named_work(bench: Workbench) -> None:
    """Emit what the project's own functions leave the names of, to be imported and run elsewhere."""
    if not bench.program.engine.marks.naming or not _imports_by_data(bench):
        return
    passages = Passages(bench.contexts)
    for function, parameter in _queueing(bench):
        for site in bench.contexts.callers(function):
            given = argument_for(function, parameter, site.call)
            if given is not None:
                _hand_over(bench, passages, site, given, function)


def _imports_by_data(bench: Workbench) -> bool:
    program = bench.program
    sites = (site for path in LOADERS for site in program.sites_calling(path))
    return any(not site.result and not (site.arguments and program.texts_of(site.arguments[0])) for site in sites)


def _queueing(bench: Workbench) -> Iterator[tuple[Function, str]]:
    """The functions that store the name of what they are given for a parameter, the innermost of each way of calls."""
    keeping = Keeping(bench)
    naming = sorted(bench.program.engine.marks.naming.items(), key=lambda item: item[0].id)
    level = [(function, name) for function, names in naming for name in names]
    seen = set(level)
    for _ in range(_LEVELS):
        above: list[tuple[Function, str]] = []
        for function, name in level:
            if keeping.leaves_word(function, name):
                yield function, name
            else:
                above += [one for one in _handing_on(bench, function, name) if one not in seen]
                seen.update(above)
        level = list(dict.fromkeys(above))


def _handing_on(bench: Workbench, function: Function, name: str) -> Iterator[tuple[Function, str]]:
    """The callers that give a parameter of their own for it."""
    for site in bench.contexts.callers(function):
        given = argument_for(function, name, site.call)
        caller = site.function
        own = {parameter.name for parameter in caller.record.parameters}
        if isinstance(given, ir.Name) and given.id in own:
            yield caller, given.id


def _hand_over(bench: Workbench, passages: Passages, site: CallSite, given: ir.Expr, queue: Function) -> None:
    ways = passages.to(site, [given])
    seen = [(way.site, bench.contexts.values(site.function, given, way.frame)) for way in ways]
    for at, values in seen or [(site, bench.program.values_of(site.function, given))]:
        targets = _meant(bench, values, site)
        for target in targets:
            evidence = f"{queue.id} stores its name, to be imported and run elsewhere"
            add_task(bench, target, framework=OWN_QUEUE, confidence=_CONFIDENCE, evidence=evidence)
        if targets:
            bench.found.dispatch(
                Dispatch(
                    **called_at(at),
                    edge="dispatch",
                    library=OWN_QUEUE,
                    targets=tuple(target.id for target in targets),
                    is_picked=len(targets) > 1,
                    confidence=_CONFIDENCE if len(targets) == 1 else _ONE_OF,
                    evidence=f"{queue.id} stores its name",
                )
            )


def _meant(bench: Workbench, values: Values, site: CallSite) -> list[Function]:
    """The functions that are given, or named by their dotted names."""
    named = [one for text in bench.program.texts_of(values) for one in bench.program.named(text, site.function.module)]
    found = bench.handlers.functions((*values, *named), site.function.module)
    return list(dict.fromkeys(one for one in found if one.is_project))
