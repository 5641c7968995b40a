"""A library's method in a partial, handed over or called: `on_commit(partial(queue.enqueue, job, 1))`.

What it is called with stands where the partial is made, so that the call is seen as `queue.enqueue(job, 1)` in the
place of the one that it is handed to. A call of the partial itself adds what it gives: after
`later = partial(queue.enqueue_in, delay)`, `later(job)` is seen as `queue.enqueue_in(delay, job)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.resolve.sites import CallSite, External
from discover.resolve.values import ExternalValue, FunctionValue, PartialValue, library_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.bodies import Bodies


def opened(site: CallSite, bodies: Bodies) -> Iterator[tuple[External, CallSite]]:
    """The partials of library methods among what a call hands over, each with the call that it stands for."""
    for external in site.externals:
        if external.handed is None:
            continue
        for argument, values in _given(site, external.handed):
            for value in values:
                if isinstance(value, PartialValue) and _is_of(value, external):
                    made = _making(site, argument, external, bodies)
                    if made is not None:
                        yield external, _as_called(site, external, value, made)


def called(site: CallSite, bodies: Bodies) -> Iterator[tuple[External, CallSite]]:
    """The library methods that a call runs by a partial of them alone, each with the call that this is."""
    partials = [value for value in site.callee if isinstance(value, PartialValue)]
    if not partials:
        return
    direct = {library_path(value) for value in site.callee}
    for external in site.externals:
        if external.handed is not None or external.path in direct:
            continue
        for value in partials:
            made = _making(site, site.call.function, external, bodies) if _is_of(value, external) else None
            if made is not None:
                yield external, _with_more(site, external, value, made)


def _given(site: CallSite, place: int) -> Iterator[tuple[ir.Expr, tuple[object, ...]]]:
    if place >= 0:
        yield site.call.arguments[place], site.arguments[place]
        return
    for keyword in site.call.keywords:
        if keyword.name is not None:
            yield keyword.value, site.keywords.get(keyword.name, ())


def _is_of(value: PartialValue, external: External) -> bool:
    """Whether it is of the method that the call hands over: a library's, or one that the project put on a function."""
    if external.function is None:
        return any(isinstance(one, ExternalValue) and one.path == external.path for one in value.functions)
    return any(isinstance(one, FunctionValue) and one.function is external.function for one in value.functions)


def _making(site: CallSite, argument: ir.Expr, external: External, bodies: Bodies) -> ir.Call | None:
    """The call that makes the partial: the argument itself, or what the function binds to its name."""
    name = external.path.rpartition(".")[2]
    found = bodies.assignments(site.function).get(argument.id, []) if isinstance(argument, ir.Name) else [argument]
    for one in found:
        if isinstance(one, ir.Call) and one.arguments:
            method = one.arguments[0]
            if isinstance(method, ir.Attribute) and method.name == name:
                return one
    return None


def _as_called(site: CallSite, external: External, value: PartialValue, made: ir.Call) -> CallSite:
    call = msgspec.structs.replace(
        site.call, function=made.arguments[0], arguments=made.arguments[1:], keywords=made.keywords
    )
    seen = CallSite(site.function, call)
    seen.externals = [External(external.path, external.receiver, external.function)]
    seen.arguments = list(value.arguments)
    seen.keywords = dict(value.keywords)
    return seen


def _with_more(site: CallSite, external: External, value: PartialValue, made: ir.Call) -> CallSite:
    """The partial's call as that of its method, with what is given here behind what the partial gives."""
    seen = _as_called(site, external, value, made)
    call = msgspec.structs.replace(
        seen.call,
        arguments=[*seen.call.arguments, *site.call.arguments],
        keywords=[*seen.call.keywords, *site.call.keywords],
    )
    more = CallSite(site.function, call)
    more.externals, more.result = seen.externals, site.result
    more.arguments = [*seen.arguments, *site.arguments]
    more.keywords = {**seen.keywords, **site.keywords}
    return more
