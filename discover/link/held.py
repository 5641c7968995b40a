"""What a context manager of the project holds while its block runs: a lock that it takes before its `yield`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from discover.catalog.spec import Pick
from discover.facts import records as facts
from discover.facts.walking import statements
from discover.link.plans import Plans
from discover.link.records import Covering
from discover.link.said import words_of
from discover.link.units import Units
from discover.model import Safeguard
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function

_MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
_DEPTH = 3
"""A function that returns what such a function makes makes it, too: so many of them in a row."""


def place_held(program: Program, plans: Plans, units: Units) -> None:
    """Add the locks of the project's own context managers to the `with` blocks that they are entered by."""
    for decoration in program.decorations:
        function = decoration.definition
        if isinstance(function, Function) and any(one.path in _MANAGERS for one in decoration.externals):
            plan = plans.by_unit.get(units.keys[function])
            held = tuple(_held(function, plan.covers)) if plan is not None and plan.covers else ()
            if held:
                _Holding(program, plans, units).hand_on(function, held, _DEPTH)


def _held(function: Function, covers: dict[int, Covering]) -> Iterator[Safeguard]:
    """The locks that are taken before the function's first `yield`."""
    suspended = next((one.line for one in function.statements if _yields(one)), 0)
    for number, cover in sorted(covers.items()):
        site = function.sites.get(number)
        if site is not None and site.line < suspended:
            yield from (one for one in cover.safeguards if one.kind == "lock")


def _yields(statement: facts.Stmt) -> bool:
    return isinstance(statement, facts.Evaluate | facts.Assign) and isinstance(statement.value, facts.Yield)


class _Holding:
    def __init__(self, program: Program, plans: Plans, units: Units) -> None:
        self._program = program
        self._plans = plans
        self._units = units

    def hand_on(self, function: Function, held: tuple[Safeguard, ...], depth: int) -> None:
        """Cover what stands in the blocks that calls of the function enter."""
        for site in self._program.callers.get(function, ()):
            named = tuple(self._named(site, function, lock) for lock in held)
            for statement in statements(site.function.record.body):
                if isinstance(statement, facts.With):
                    if any(_called(item.value) == site.call.number for item in statement.items):
                        covers = self._plans.of(self._units.keys[site.function]).covers
                        known = covers.get(site.call.number, Covering())
                        covers[site.call.number] = known.joined(Covering(safeguards=named))
                elif isinstance(statement, facts.Return) and depth and _called(statement.value) == site.call.number:
                    self.hand_on(site.function, named, depth - 1)

    def _named(self, site: CallSite, function: Function, lock: Safeguard) -> Safeguard:
        """The lock by the name that this call gives it, where the function is told its name."""
        parameters = [parameter.name for parameter in function.record.parameters]
        if lock.name not in parameters:
            return lock
        given = Pick(argument=parameters.index(lock.name), keyword=lock.name)
        return msgspec.structs.replace(lock, name=words_of(self._program, site, given) or lock.name)


def _called(expression: facts.Expr | None) -> int | None:
    return expression.number if isinstance(expression, facts.Call) else None
