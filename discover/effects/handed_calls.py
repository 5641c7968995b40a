"""Library functions that code hands to something that calls them: `await asyncio.to_thread(requests.get, url)`.

What is handed over is seen as called in that place, with the arguments that travel with it, or that a partial has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.catalog.spec import Callback, paths_of
from discover.facts import records as ir
from discover.resolve.picking import named_argument, names_in
from discover.resolve.sites import CallSite, External
from discover.resolve.values import ExternalValue, FunctionValue, PartialValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog.load import Catalog
    from discover.resolve.program import Program


class _Handed(NamedTuple):
    """A function in a call's arguments, with those that travel to it."""

    expression: ir.Expr
    arguments: list[ir.Expr]
    keywords: list[ir.Keyword]


class HandedCalls:
    """Finds them by the catalogs' callbacks."""

    def __init__(self, program: Program, catalog: Catalog) -> None:
        self._program = program
        self._rules: dict[str, list[Callback]] = {}
        for _, rule in catalog.callbacks:
            for path in paths_of(rule.call):
                self._rules.setdefault(path, []).append(rule)

    def at(self, site: CallSite) -> Iterator[CallSite]:
        """The calls of library functions that a call brings about."""
        if not any(one.handed is not None or one.path in self._rules for one in site.externals):
            return
        rules = [rule for one in site.externals if one.handed is None for rule in self._rules.get(one.path, ())]
        places = [one.handed for one in site.externals if one.handed is not None]
        every = [*(_handed_by(rule, site.call) for rule in rules), *(_handed_at(site, place) for place in places)]
        for handed in {id(one.expression): one for one in reversed(every) if one is not None}.values():
            yield from self._called(site, handed)

    def _called(self, site: CallSite, handed: _Handed) -> Iterator[CallSite]:
        values = self._program.values_of(site.function, handed.expression)
        made = self._making(site, handed.expression) if any(isinstance(v, PartialValue) for v in values) else None
        if made is not None:
            values = tuple(one for v in values if isinstance(v, PartialValue) for one in v.functions)
            arguments = [*made.arguments[1:], *handed.arguments]
            handed = _Handed(made.arguments[0], arguments, [*made.keywords, *handed.keywords])
        externals = [external for value in values if (external := _external(value)) is not None]
        if externals:
            yield self._seen(site, handed, values, externals)

    def _seen(self, site: CallSite, handed: _Handed, callee: Values, externals: list[External]) -> CallSite:
        call = msgspec.structs.replace(
            site.call, function=handed.expression, arguments=handed.arguments, keywords=handed.keywords
        )
        seen = CallSite(site.function, call)
        seen.callee, seen.externals = callee, externals
        seen.arguments = [self._program.values_of(site.function, one) for one in handed.arguments]
        named = [(k.name, k.value) for k in handed.keywords if k.name is not None]
        seen.keywords = {name: self._program.values_of(site.function, value) for name, value in named}
        return seen

    def _making(self, site: CallSite, expression: ir.Expr) -> ir.Call | None:
        """The call that makes the partial: the argument itself, or what the function binds once to its name."""
        bound = (
            self._program.bodies.assignments(site.function).get(expression.id, [])
            if isinstance(expression, ir.Name)
            else []
        )
        made = bound[0] if len(bound) == 1 else expression
        return made if isinstance(made, ir.Call) and made.arguments else None


def _handed_at(site: CallSite, place: int) -> _Handed | None:
    """What a library is given that no rule describes; the arguments behind it are taken for its own."""
    given = site.call.arguments
    return _Handed(given[place], given[place + 1 :], site.call.keywords) if 0 <= place < len(given) else None


def _handed_by(rule: Callback, call: ir.Call) -> _Handed | None:
    expression = named_argument(rule.to, call)
    if expression is None:
        return None
    start = rule.arguments.start
    if start is None:
        return _Handed(expression, [], [])
    staying = {*names_in(rule.to.keyword or ""), *rule.arguments.skip}
    return _Handed(expression, call.arguments[start:], [k for k in call.keywords if k.name not in staying])


def _external(value: Value) -> External | None:
    if isinstance(value, FunctionValue) and not value.function.is_project:
        return External(value.function.path, value.receiver, value.function)
    if isinstance(value, ExternalValue) and not value.path.startswith(("builtins.", "function.")):
        return External(value.path, value.receiver, None)
    return None
