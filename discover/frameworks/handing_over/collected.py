"""Hand-overs that are collected and sent later: `self.jobs.append((name, args))` here, a loop that sends them there.

What is sent then is what was put in, so the hop stands where the collecting function's caller chose it: the loop's name
is followed to the attribute that it goes over, from there to each place that adds to it, and on to the callers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.handing_over.dispatching import chosen
from discover.frameworks.reading.passing import Passages
from discover.frameworks.reading.rounds import loops_around
from discover.frameworks.records import Dispatch, Problem, called_at
from discover.resolve.values import ConstantValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discover.frameworks.handing_over.addresses import Addresses
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_ADDS = frozenset({"append", "appendleft", "add", "put", "put_nowait"})
_DEPTH = 4


def find_collected(bench: Workbench, addresses: Addresses) -> None:
    """Add the hand-overs that a loop over collected ones sends."""
    collected = _Collected(bench, addresses)
    for library, rule in bench.catalog.dispatches:
        if rule.edge == "dispatch" and not rule.again and not rule.medium:
            for match in bench.index.calls(rule.call):
                collected.sent(library, match.site, chosen(bench, rule.to, match))
    for library, lookup in bench.catalog.lookups:
        for match in bench.index.calls(lookup.call):
            name = bench.picker.expression(lookup.name, match.site.call)
            sending = collected.sending(match.site) if name is not None else []
            if name is not None and sending:
                collected.sent(library, match.site, [name], sending)


class _Collected:
    def __init__(self, bench: Workbench, addresses: Addresses) -> None:
        self.bench = bench
        self.program = bench.program
        self.addresses = addresses
        self._passages = Passages(bench.contexts)
        self._adding: dict[str, list[CallSite]] | None = None
        rules = [rule for _, rule in bench.catalog.dispatches if rule.to.type_argument is not None]
        paths = [path for rule in rules for path in paths_of(rule.call)]
        parts = [name for _, canvas in bench.catalog.canvases for name in canvas.parts]
        self._sending = {path.rpartition(".")[2] for path in paths} | {*parts}

    def sending(self, site: CallSite) -> list[CallSite]:
        """The calls by which a function sends the task that this call looks up."""
        found: list[CallSite] = []
        assigned = self.bench.contexts.assignments(site.function)
        for other in self.program.sites(site.function):
            called = other.call.function
            if not isinstance(called, ir.Attribute) or called.name not in self._sending:
                continue
            task = called.value
            made = assigned.get(task.id, []) if isinstance(task, ir.Name) else [task]
            if any(isinstance(one, ir.Call) and one.number == site.call.number for one in made):
                found.append(other)
        return found

    def sent(self, library: str, site: CallSite, wanted: list[ir.Expr], sending: Sequence[CallSite] = ()) -> None:
        """Add what a call in a loop over collected hand-overs sends."""
        found = False
        for expression in wanted:
            for adding, item in self._origins(site.function, site.call.line, expression):
                found = self._added(library, site, adding, item) or found
        numbers = {one.call.number for one in (site, *sending)}
        for key, dispatch in list(self.bench.found.dispatches.items()) if found else ():
            if dispatch.unit == site.function.id and dispatch.number in numbers:
                self.bench.found.dispatches[key] = msgspec.structs.replace(dispatch, is_passed_on=True)

    def _added(self, library: str, sink: CallSite, adding: CallSite, item: ir.Expr) -> bool:
        found = False
        passages = self._passages.to(adding, [item])
        seen = [(p.site, self.bench.contexts.values(adding.function, item, p.frame)) for p in passages]
        for site, values in seen or [(adding, self.program.values_of(adding.function, item))]:
            units, name, sure = self._means(values)
            if not units:
                what, reason = name or "a collected hand-over", "what it names is not known"
                self.bench.found.problem(Problem(unit=site.function.id, line=site.line, what=what, reason=reason))
                continue
            found = True
            self.bench.found.dispatch(
                Dispatch(
                    **called_at(site),
                    edge="dispatch",
                    library=library,
                    targets=tuple(units),
                    name=name,
                    arguments=_rest(site.call, name) if site is not adding else (),
                    is_picked="{}" in name and len(units) > 1,
                    confidence=sure,
                    evidence=f"collected in {adding.function.id}, sent in {sink.function.id}",
                )
            )
        return found

    def _means(self, values: Values) -> tuple[list[str], str, float]:
        """The units, how the code names them, and how certain they are; with an unknown part, all that fit."""
        plain = tuple(v for v in values if not isinstance(v, ConstantValue))
        units = [function.id for function in self.bench.handlers.functions(plain)]
        names = self.program.texts_of(values)
        patterns = [name for name in names if "{}" in name]
        for name in names:
            units += self.addresses.units(name)[0] if name not in patterns else []
        name = names[0] if names else ""
        if units or not patterns:
            units = list(dict.fromkeys(units))
            return units, name, 0.9 if len(units) == 1 else 0.7
        fitting = [self.addresses.units(pattern) for pattern in patterns]
        sure = min(confidence for _, confidence in fitting)
        return list(dict.fromkeys(unit for found, _ in fitting for unit in found)), patterns[0], sure

    # --- from the loop to what is put in --------------------------------------------------------------------------

    def _origins(self, function: Function, line: int, expression: ir.Expr) -> Iterator[tuple[CallSite, ir.Expr]]:
        """The calls that add to what a loop goes over, each with the part of the added item that a name stands for."""
        if not isinstance(expression, ir.Name):
            return
        for loop in loops_around(function.record.body, line):
            place = _place(loop.target, expression.id)
            if place is not None:
                yield from self._items(function, loop.iterable, place, _DEPTH)

    def _items(
        self, function: Function, iterable: ir.Expr, place: int, depth: int
    ) -> Iterator[tuple[CallSite, ir.Expr]]:
        if depth == 0:
            return
        if isinstance(iterable, ir.Name):
            for value in self.bench.contexts.assignments(function).get(iterable.id, ()):
                yield from self._items(function, value, place, depth - 1)
        elif isinstance(iterable, ir.Comprehension) and len(iterable.generators) == 1:
            generator = iterable.generators[0]
            if isinstance(generator.target, ir.Name) and _is_same(iterable.element, generator.target):
                yield from self._items(function, generator.iterable, place, depth - 1)
        elif isinstance(iterable, ir.Attribute):
            for site in self._adders(iterable.name):
                if site.function.owner is not function.owner or function.owner is None:
                    continue
                item = _part(site.call.arguments[0], place)
                if item is not None:
                    yield site, item

    def _adders(self, attribute: str) -> list[CallSite]:
        if self._adding is None:
            self._adding = {}
            for function in self.program.all_functions:
                for site in self.program.sites(function):
                    called = site.call.function
                    holder = called.value if isinstance(called, ir.Attribute) and called.name in _ADDS else None
                    if isinstance(holder, ir.Attribute) and site.call.arguments:
                        self._adding.setdefault(holder.name, []).append(site)
        return self._adding.get(attribute, [])


def _place(target: ir.Expr, name: str) -> int | None:
    """Where a loop's target holds a name: -1 when it is the whole item."""
    if isinstance(target, ir.Name):
        return -1 if target.id == name else None
    if isinstance(target, ir.Sequence):
        return next((i for i, one in enumerate(target.items) if isinstance(one, ir.Name) and one.id == name), None)
    return None


def _part(item: ir.Expr, place: int) -> ir.Expr | None:
    if place < 0:
        return item
    return item.items[place] if isinstance(item, ir.Sequence) and place < len(item.items) else None


def _is_same(expression: ir.Expr, name: ir.Name) -> bool:
    return isinstance(expression, ir.Name) and expression.id == name.id


def _rest(call: ir.Call, name: str) -> tuple[str, ...]:
    """The arguments of the collecting call but for the task's name."""
    given = [a for a in call.arguments if not (isinstance(a, ir.Constant) and a.value == name)]
    named = [k for k in call.keywords if not (isinstance(k.value, ir.Constant) and k.value.value == name)]
    return (
        *map(text_of, given),
        *(f"{k.name}={text_of(k.value)}" if k.name else f"**{text_of(k.value)}" for k in named),
    )
