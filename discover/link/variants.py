"""A unit as one caller opens it: of what a call may run, what that caller's arguments leave.

Resolving joins what all callers pass. The document's edges are those joined ones; a workflow knows its caller. A
*variant* of a unit says for its calls what they run there, and which variants those are opened as. Callers that make no
difference share one, and the variant 0 is the unit as it is for all.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from discover.facts import records as facts
from discover.link.choosing import LEVELS, Choosing
from discover.link.flags import flags_of, tests_of, verdict
from discover.link.handed_objects import handed_objects, started_only, units_behind
from discover.link.objects import class_of
from discover.link.passed import Known, Passed
from discover.link.records import Target, UnitPlan
from discover.resolve.program import Program
from discover.resolve.sites import RESOLVED, CallSite
from discover.resolve.symbols import CONSTRUCTORS, Function
from discover.resolve.values import ClassValue, FunctionValue, InstanceValue, PartialValue, Values

LIMIT = 256
"""So many variants of one unit are told apart; callers beyond open it as it is for all."""


class _Variant(NamedTuple):
    targets: dict[int, tuple[Target, ...]]
    """By call: what it runs, where that is less than for all callers."""
    inner: dict[tuple[int, str], int]
    """By call and unit: the variant as which it is opened."""
    decided: dict[int, bool]
    """Tests that it decides, by the expression's identity."""
    limits: dict[int, float]
    """By call: the seconds that its work may take, where that differs from what it is for all callers."""
    timeouts: dict[int, float]
    """By call: the seconds that its effect waits, where that differs."""
    receivers: dict[int, frozenset[str]]
    """By call: the units that its hand-over starts, where that is less than for all callers."""


class Variants:
    """Makes the variants of units when they are first asked for."""

    def __init__(self, program: Program, keys: dict[Function, str], plans: dict[str, UnitPlan]) -> None:
        self._program = program
        self._plans = plans
        self._keys = keys
        self._choosing = Choosing(program)
        self._tests: dict[Function, list[facts.Expr]] = {}
        self._ask(program)
        self._passed = Passed(program, self._choosing)
        self._functions: dict[str, Function] = {}
        shared: set[str] = set()
        for function, key in keys.items():
            if key in self._functions:
                shared.add(key)
            self._functions[key] = function
        for key in shared:
            del self._functions[key]
        self._all = [_Variant({}, {}, {}, {}, {}, {})]
        self._numbers: dict[tuple[object, ...], int] = {}
        self._plain: dict[tuple[CallSite, Function], Known] = {}
        self._made: dict[tuple[Function, object, int], int] = {}
        self._first: dict[tuple[str, int, str], int] = {}
        self._count: dict[str, int] = {}

    def narrowed(self, variant: int, number: int, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Of what a call of the unit may run, what it runs in this variant."""
        return self._all[variant].targets.get(number, targets) if variant else targets

    def planned(self, variant: int, plan: UnitPlan) -> UnitPlan:
        """The unit's plan with the numbers and the decided tests of this variant."""
        found = self._all[variant]
        if not (found.decided or found.limits or found.timeouts or found.receivers):
            return plan
        covers, effects, handovers = dict(plan.covers), dict(plan.effects), dict(plan.handovers)
        for number, seconds in found.limits.items():
            covers[number] = covers[number]._replace(timeout=seconds)
        for number, seconds in found.timeouts.items():
            effects[number] = [at if at.given is None else at._replace(timeout=seconds) for at in effects[number]]
        for number, units in found.receivers.items():
            handovers[number] = [started_only(one, units) for one in handovers[number]]
        return msgspec.structs.replace(plan, covers=covers, effects=effects, handovers=handovers, decided=found.decided)

    def _ask(self, program: Program) -> None:
        """Note the parameters that decide conditions or are told as numbers, and all that are passed on for some."""
        choosing = self._choosing
        for function in program.all_functions:
            plan = self._plans.get(self._keys[function])
            if plan is None or not function.record.parameters:
                continue
            tests = list(tests_of(function, plan))
            if tests:
                self._tests[function] = tests
                read = [facts.Name(name) for test in tests for name in flags_of(test)]
                choosing.asks(function, [one for name in read for one in choosing.read_by(function, name, 0)])
            for given in _numbers_given(plan):
                choosing.asks(function, choosing.read_by(function, given))
            for _, started in handed_objects(function, plan):
                choosing.asks(function, choosing.read_by(function, started))
        choosing.follow()

    def entered(self, unit: str, variant: int, number: int, target: str) -> int:
        """The variant as which a call in a variant of the unit opens another one."""
        inside = self._all[variant].inner.get((number, target))
        if inside is not None:
            return inside
        place = (unit, number, target)
        found = self._first.get(place)
        if found is None:
            found = self._first[place] = self._entered(self._functions.get(unit), number, target)
        return found

    def _entered(self, function: Function | None, number: int, target: str) -> int:
        callee = self._functions.get(target)
        if function is None or callee is None or not self._differs(callee):
            return 0
        return self._variant(callee, self._given_plainly(function.sites.get(number), callee), LEVELS)

    def _differs(self, function: Function) -> bool:
        return function in self._choosing.parameters or function in self._choosing.differing

    def _given_plainly(self, site: CallSite | None, callee: Function) -> Known:
        """What the call passes whoever calls the function that it stands in."""
        if site is None:
            return {}
        place = (site, callee)
        found = self._plain.get(place)
        if found is None:
            found = self._plain[place] = self._given(site, callee, {})
        return found

    def _given(self, site: CallSite | None, callee: Function, known: Known) -> Known:
        """What the call passes for the parameters that choose, with what closures among it have around them."""
        found: Known = {}
        if site is None or all(target.function is not callee for target in site.targets):
            return found
        for name in self._choosing.parameters.get(callee, ()):
            values = self._passed.argument(site, callee, name, known)
            if not values:
                continue
            found[callee, name] = values
            for value in values if known else ():
                if isinstance(value, FunctionValue):
                    found.update(_around(value.function, known))
        return found

    def _variant(self, function: Function, known: Known, levels: int) -> int:
        if not known or not levels:
            return 0
        way = (function, tuple(known.items()), levels)
        found = self._made.get(way)
        if found is None:
            self._made[way] = 0
            found = self._made[way] = self._numbered(function, self._seen(function, known, levels))
        return found

    def _numbered(self, function: Function, variant: _Variant) -> int:
        if not any(variant):
            return 0
        unit = self._keys[function]
        same = (unit, *(tuple(part.items()) for part in variant))
        number = self._numbers.get(same)
        if number is None:
            count = self._count[unit] = self._count.get(unit, 0) + 1
            if count > LIMIT:
                return 0
            number = self._numbers[same] = len(self._all)
            self._all.append(variant)
        return number

    def _seen(self, function: Function, known: Known, levels: int) -> _Variant:
        plan = self._plans.get(self._keys[function]) or UnitPlan()
        targets: dict[int, tuple[Target, ...]] = {}
        for site in self._choosing.open.get(function, ()):
            number = site.call.number
            kept = self._kept(site, plan.calls.get(number, ()), known)
            if kept:
                targets[number] = kept
        inner: dict[tuple[int, str], int] = {}
        for number, target in _opened(plan, targets):
            callee = self._functions.get(target)
            if callee is None or not self._differs(callee):
                continue
            site = function.sites.get(number)
            around, given = _around(callee, known), self._given(site, callee, known)
            if around or given != self._given_plainly(site, callee):
                inner[number, target] = self._variant(callee, around | given, levels - (not around))
        decided = {
            id(test): found
            for test in self._tests.get(function, ())
            if (found := verdict(self._choosing, function, test, known)) is not None
        }
        limits, waits = self._limits(function, plan, known), self._waits(function, plan, known)
        return _Variant(targets, inner, decided, limits, waits, self._receivers(function, plan, known))

    def _receivers(self, function: Function, plan: UnitPlan, known: Known) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for number, started in handed_objects(function, plan):
            units = units_behind(self._passed.values(function, started, known))
            every = {target.unit for one in plan.handovers[number] for target in one.targets}
            if units & every and not every <= units:
                found[number] = frozenset(units & every)
        return found

    def _limits(self, function: Function, plan: UnitPlan, known: Known) -> dict[int, float]:
        found: dict[int, float] = {}
        for number, limit in plan.limits.items():
            seconds = self._passed.number(function, limit.given, known)
            if seconds is not None and number in plan.covers:
                seconds = float(seconds * limit.times + limit.plus)
                if seconds != plan.covers[number].timeout:
                    found[number] = seconds
        return found

    def _waits(self, function: Function, plan: UnitPlan, known: Known) -> dict[int, float]:
        found: dict[int, float] = {}
        for number, effects in plan.effects.items():
            for at in effects:
                seconds = self._passed.number(function, at.given, known) if at.given is not None else None
                if seconds is not None and seconds != at.timeout:
                    found[number] = float(seconds)
        return found

    def _kept(self, site: CallSite, targets: tuple[Target, ...], known: Known) -> tuple[Target, ...]:
        """The targets that are left; none where that is nothing or all."""
        values = self._passed.values(site.function, site.call.function, known) if targets else ()
        runs = self._runs(values) if values else {}
        units = {self._keys.get(function): (function, certain) for function, certain in runs.items()}
        kept = [
            target._replace(receiver=class_of(self._program, values, units[target.unit][0]))
            for target in targets
            if target.unit in units and target.unit in self._functions
        ]
        if not kept or tuple(kept) == targets:
            return ()
        if len(kept) == 1 < len(targets) and units[kept[0].unit][1]:
            return (kept[0]._replace(confidence=RESOLVED, evidence="passed by the caller"),)
        return tuple(kept)

    def _runs(self, values: Values) -> dict[Function, bool]:
        """The project's functions that calling the values runs, with whether that is certain: no mere override."""
        found: dict[Function, bool] = {}
        for value in values:
            if isinstance(value, FunctionValue):
                self._methods(value, found)
            elif isinstance(value, PartialValue):
                found |= self._runs(value.functions)
            elif isinstance(value, ClassValue):
                methods = (self._program.find_method(value.cls, name) for name in CONSTRUCTORS)
                found.update((method, True) for method in methods if method is not None)
            elif isinstance(value, InstanceValue):
                called = self._program.attribute((value,), "__call__", value.cls)
                found |= self._runs(tuple(one for one in called if isinstance(one, FunctionValue)))
        return found

    def _methods(self, value: FunctionValue, found: dict[Function, bool]) -> None:
        function, receiver = value.function, value.receiver
        found[function] = True
        is_open = (isinstance(receiver, InstanceValue) and not receiver.exact) or (
            isinstance(receiver, ClassValue) and receiver.open
        )
        if is_open and isinstance(receiver, InstanceValue | ClassValue) and function.record.name != "__init__":
            for override in self._program.engine.hierarchy.overrides_for(receiver, function.record.name):
                found.setdefault(override, False)


def _around(function: Function, known: Known) -> Known:
    """What is known of the parameters of the functions that one stands in."""
    if not known or not isinstance(function.outer, Function):
        return {}
    around: set[Function] = set()
    at: object = function.outer
    while isinstance(at, Function):
        around.add(at)
        at = at.outer
    return {parameter: values for parameter, values in known.items() if parameter[0] in around}


def _numbers_given(plan: UnitPlan) -> list[facts.Expr]:
    """What calls of a unit are given for their limits of time."""
    waits = [at.given for effects in plan.effects.values() for at in effects if at.given is not None]
    return [*(limit.given for limit in plan.limits.values()), *waits]


def _opened(plan: UnitPlan, targets: dict[int, tuple[Target, ...]]) -> list[tuple[int, str]]:
    """What the calls of a unit open, with the call's number."""
    found = [(number, target.unit) for number, all_ in plan.calls.items() for target in targets.get(number, all_)]
    found += [(number, one.target.unit) for number, handed in plan.handed.items() for one in handed]
    return found
