"""Decorators that are called in code: `wrapped = app.task(name="x")(function)`, mostly in a project's own decorator.

A decorator of the project that applies a library's registers too: each function below an `@` of it, with the options
that this `@` gives. Where it hands the library a wrapper that it has just defined, what it wraps is registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.reading.rounds import in_rounds
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.given_methods import asked_method, receivers_given
from discover.resolve.symbols import Function
from discover.resolve.values import CallableValue, ClassValue, FunctionValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discover.frameworks.reading.contexts import Frame
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench


def applications(
    bench: Workbench, match: Match, picks: Sequence[Pick | str | None]
) -> Iterator[tuple[Given, Function]]:
    """Each function that a call of a decorator registers, with the call as its caller sees it."""
    site = match.site
    applied = bench.call_of_result(site)
    arguments = (applied or site).call.arguments
    if not arguments:
        return
    subjects = [*_innermost(site.function, arguments[0]), _decorated(site.function, arguments[0])]
    wanted = [*subjects, *asked_method(match), *bench.picker.wanted(picks, site.call)]
    frames = bench.contexts.frames(site.function, wanted)
    for frame in in_rounds(bench.contexts, site.function, site.call, wanted, frames):
        receivers = receivers_given(bench, match, frame)
        if receivers is None:
            continue
        for function in _applied(bench, site.function, subjects, frame):
            for registered in _wrapped(bench, site.function, function, frame):
                yield Given(site.call, site.function, frame, receivers, registered), registered


def _applied(bench: Workbench, scope: Function, subjects: list[ir.Expr], frame: Frame | None) -> list[Function]:
    """The functions that the first of the expressions which tells any stands for; none for a class."""
    for subject in subjects:
        values = bench.contexts.values(scope, subject, frame)
        if any(isinstance(value, ClassValue) for value in values):
            return []
        functions = bench.handlers.functions(values, scope.module)
        if functions:
            return functions
    return []


def _innermost(function: Function, subject: ir.Expr) -> list[ir.Expr]:
    """The parameter that decorators of any kind are put around: `guard(logged(function))`."""
    inner = subject
    while isinstance(inner, ir.Call) and len(inner.arguments) == 1 and not inner.keywords:
        inner = inner.arguments[0]
    names = {parameter.name for parameter in function.record.parameters}
    return [inner] if inner is not subject and isinstance(inner, ir.Name) and inner.id in names else []


def _decorated(function: Function, subject: ir.Expr) -> ir.Expr:
    """What stands innermost where a library's decorators are put around one another: `first(second(function))`."""
    while isinstance(subject, ir.Call) and subject.arguments:
        site = function.sites.get(subject.number)
        if site is None or site.targets or not any(isinstance(value, CallableValue) for value in site.callee):
            break
        subject = subject.arguments[0]
    return subject


def _wrapped(bench: Workbench, decorator: Function, function: Function, frame: Frame | None) -> list[Function]:
    """What stands below the `@` when the decorator registers a wrapper of it; else the function itself."""
    if function.outer is not decorator and not _is_made_around(decorator, function):
        return [function]
    if frame is None:
        frames = bench.contexts.frames(decorator, [ir.Name(p.name) for p in decorator.record.parameters])
        found = [one for inner in frames if inner is not None for one in _below(inner)]
        return found or [function]
    return _below(frame) or _given(bench, decorator, frame, function)


def _given(bench: Workbench, decorator: Function, frame: Frame, wrapper: Function) -> list[Function]:
    """What a decorator that code calls is given to wrap; nothing where it is only told its options."""
    subjects = decorator.given[:1]
    if not subjects or frame.site is None or subjects[0].kind not in ("positional", "normal"):
        return [wrapper]
    values = bench.contexts.values(decorator, ir.Name(subjects[0].name), frame)
    found = [v.function for v in values if isinstance(v, FunctionValue) and v.function.is_project]
    return found or ([] if subjects[0].default is not None else [wrapper])


def _is_made_around(decorator: Function, wrapper: Function) -> bool:
    """Whether a function that the decorator calls made the wrapper, which calls what stands below the `@`."""
    maker = wrapper.outer
    subjects = decorator.given[:1]
    if not isinstance(maker, Function) or not subjects:
        return False
    called = {site.call.function.id for site in wrapper.sites.values() if isinstance(site.call.function, ir.Name)}
    given = [
        argument_for(maker, parameter.name, site.call)
        for site in decorator.sites.values()
        if any(target.function is maker for target in site.targets)
        for parameter in maker.record.parameters
        if parameter.name in called
    ]
    return any(isinstance(one, ir.Name) and one.id == subjects[0].name for one in given)


def _below(frame: Frame) -> list[Function]:
    return [v.function for v in frame.decorated if isinstance(v, FunctionValue)]
