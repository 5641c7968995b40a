"""Collects per unit what its calls do, from what resolving, the frameworks and the effects found."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from discover.effects.records import SiteEffect
from discover.facts import records as facts
from discover.frameworks.reading.own_objects import is_through_class, works_on_itself
from discover.frameworks.records import ASSIGNED, RETURNED, WORK, Callback, Dispatch, HookEdge
from discover.link.objects import class_at
from discover.link.own_runs import runs_by_own_class
from discover.link.records import READ, EffectAt, Handed, Handover, Hooked, Target, UnitPlan
from discover.link.type_arguments import runs_by_class
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function


def _called_closures(wrapper: Function) -> list[Function]:
    """The functions made within others that a wrapper calls: those of the decorators that its own one applies."""
    called = [target.function for site in wrapper.sites.values() for target in site.targets]
    return [one for one in called if isinstance(one.outer, Function) and one is not wrapper]


def _calls_of_captured(closure: Function) -> list[int]:
    """The calls of what the function around a closure is given."""
    maker = closure.outer
    given = {one.name for one in maker.record.parameters} if isinstance(maker, Function) else set[str]()
    given -= {one.name for one in closure.record.parameters}
    called = {number: site.call.function for number, site in closure.sites.items()}
    return [number for number, one in called.items() if isinstance(one, facts.Name) and one.id in given]


class Plans:
    """The plans under construction."""

    def __init__(self, program: Program, units: Units) -> None:
        self.by_unit: dict[str, UnitPlan] = {}
        self._program = program
        self._units = units
        self._by_key = {key: function for function, key in units.keys.items()}
        self._stacked: dict[Function, set[Function]] = {}
        """Wrapper -> all wrappers of the functions that it is around."""
        self._through: dict[Function, set[Function]] = {}
        """Wrapper -> other wrappers that call it, and what they are around."""
        self._decorated: dict[str, set[str]] = {}
        """Wrapper -> the functions that it is around, by their units."""
        for function in program.all_functions:
            for wrapper in function.wrappers:
                self._stacked.setdefault(wrapper, set()).update(function.wrappers)
                if wrapper in units.keys:
                    self._decorated.setdefault(units.keys[wrapper], set()).add(units.keys[function])
                for inner in _called_closures(wrapper):
                    self._through.setdefault(inner, set()).update((function, wrapper))
        for function in program.all_functions:
            self._function(function)

    def of(self, key: str) -> UnitPlan:
        """The unit's plan, made when it is first needed."""
        found = self.by_unit.get(key)
        if found is None:
            found = self.by_unit[key] = UnitPlan()
        return found

    def _function(self, function: Function) -> None:
        keys = self._units.keys
        key = keys[function]
        for number, site in function.sites.items():
            if site.targets:
                if any(function in target.function.wrappers for target in site.targets):
                    self.of(key).wraps = number
                targets = self._targets(function, site)
                if targets:
                    self.of(key).calls[number] = targets
                    by_own = runs_by_own_class(self._program, keys, site)
                    if by_own:
                        self.of(key).by_own[number] = by_own
                    by_class = runs_by_class(self._program, keys, site)
                    if by_class:
                        self.of(key).by_class[number] = by_class
        if function.reads:
            plan = self.of(key)
            for identity, (_, line, functions) in function.reads.items():
                targets = tuple(Target(keys[f], 0.95, READ) for f in functions if f in keys)
                if targets:
                    plan.reads[identity] = (line, targets)
        if function.wrappers:
            around = self.of(key).around
            for wrapper in function.wrappers:
                if wrapper in keys:
                    made = function.wrapping.get(wrapper)
                    target = Target(keys[wrapper], 0.95, "decorator", made.id if made is not None else "")
                    around.append(Hooked(target, function.record.line, "before"))

    def _targets(self, function: Function, site: CallSite) -> tuple[Target, ...]:
        keys = self._units.keys
        stacked = {*self._stacked.get(function, ()), *self._through.get(function, ())}
        if len(site.targets) == 1:
            target = site.targets[0]
            called = target.function
            if called not in keys or function in called.wrappers or called in stacked:
                return ()
            receiver, is_own = class_at(self._program, site, called), is_through_class(site) and works_on_itself(site)
            return (Target(keys[called], target.confidence, target.evidence, receiver, is_own),)
        # What a decorator's wrapper calls is the decorated function, whose own flow has the wrapper around it, and so
        # the next wrapper in a stack of decorators.
        return tuple(
            Target(
                keys[target.function],
                target.confidence,
                target.evidence,
                class_at(self._program, site, target.function),
            )
            for target in site.targets
            if target.function in keys and function not in target.function.wrappers and target.function not in stacked
        )

    # --- what the frameworks and effects say -----------------------------------------------------------------------

    def add_effects(self, effects: Iterable[SiteEffect]) -> None:
        """Place the effects at their calls."""
        for found in effects:
            plan = self.of(found.unit)
            at = EffectAt(found.effect, found.timeout, found.can_time_out, found.limit, found.of_itself, found.among)
            if found.number is None:
                plan.unplaced.setdefault(found.effect.line, []).append(at)
                continue
            if found.through and found.number in plan.calls:
                targets = plan.calls[found.number]
                at = at._replace(entered=next((t for t in targets if t.unit == found.through), None))
                plan.calls[found.number] = tuple(t for t in targets if t.unit != found.through)
            plan.effects.setdefault(found.number, []).append(at)

    def add_callbacks(self, callbacks: Iterable[Callback]) -> None:
        """Place the functions that a call is given and runs."""
        for callback in callbacks:
            if callback.is_passed_on:
                passed = [Target(target, callback.confidence, callback.evidence) for target in callback.targets]
                self.of(callback.unit).passed_on.extend((callback.line, "callback", target) for target in passed)
                continue
            if callback.makes_coroutine:
                self._leave_to_callers(self.of(callback.unit), callback.number, set(callback.targets))
            for target in self._handed_by_wrapper(callback):
                found = Target(target, callback.confidence, callback.evidence)
                handed = Handed(found, callback.runs, callback.each, callback.is_picked, callback.is_awaited)
                self.of(callback.unit).handed.setdefault(callback.number, []).append(handed)

    def _handed_by_wrapper(self, callback: Callback) -> list[str]:
        """What a call is given, without what a decorator's wrapper hands on of the function that it decorates.

        That function's own flow has the wrapper around it, and is started there.
        """
        decorated = self._decorated.get(callback.unit, set[str]())
        if not decorated.isdisjoint(callback.targets):
            plan = self.of(callback.unit)
            plan.wraps = callback.number
            plan.starts_apart = callback.runs == "parallel" and not callback.is_awaited
            own = [Target(one, callback.confidence, callback.evidence) for one in callback.targets if one in decorated]
            plan.passed_on.extend((callback.line, "callback", target) for target in own)
        return [target for target in callback.targets if target not in decorated]

    def add_hooks(self, hooks: Iterable[HookEdge]) -> None:
        """Place the methods that a library runs: at the call that leads to them, or around the whole unit."""
        for hook in sorted(hooks, key=lambda h: (h.unit, h.number is None, h.number or 0, h.order, h.target)):
            plan = self.of(hook.unit)
            if WORK in hook.target:
                self._units.add_library_work(hook.target, hook.line)
            receiver, is_own = hook.receiver, hook.is_own
            known = hook.on, hook.ways, hook.among, hook.is_of_member
            target = Target(hook.target, hook.confidence, hook.evidence, receiver, is_own, *known)
            if hook.moment == "entry":
                plan.routed.append(Hooked(target, hook.line, hook.moment))
            elif hook.read is not None:
                line, known = plan.reads.get(hook.read, (hook.line, ()))
                plan.reads[hook.read] = (line, (*known, target))
            elif hook.number is None:
                around = [(hooked.target.unit, hooked.target.ways, hooked.moment) for hooked in plan.around]
                if (hook.target, hook.ways, hook.moment) not in around:
                    plan.around.append(Hooked(target, hook.line, hook.moment))
                if hook.moment == "before":
                    self._goes_around(hook.target, hook.unit)
            else:
                plan.hooks.setdefault(hook.number, []).append(target)

    def _goes_around(self, hook: str, unit: str) -> None:
        """What runs before a unit and calls it goes around it: that call is the unit's own run, and no other one."""
        plan = self.by_unit.get(hook)
        if plan is None or all(target.unit != unit for targets in plan.calls.values() for target in targets):
            return
        for number, targets in list(plan.calls.items()):
            if any(target.unit == unit for target in targets):
                plan.wraps = number
                self._leave_to_callers(plan, number, {unit})
        # What it makes of what it was made for (`page().show()`) is another object in each of its runs.
        for number in _calls_of_captured(self._by_key[hook]) if hook in self._by_key else ():
            plan.calls.pop(number, None)

    @staticmethod
    def _leave_to_callers(plan: UnitPlan, number: int, units: set[str]) -> None:
        """Take units off a call: where the hop stands is told elsewhere."""
        known = plan.calls.get(number, ())
        kept = tuple(target for target in known if target.unit not in units)
        if kept:
            plan.calls[number] = kept
        elif known:
            del plan.calls[number]

    def add_handover(self, unit: str, number: int, handover: Handover, *, is_passed_on: bool = False) -> None:
        """Place a hand-over at its call; one whose receivers the callers choose is there an edge only."""
        if is_passed_on:
            self._leave_to_callers(self.of(unit), number, {target.unit for target in handover.targets})
            self.of(unit).passed_on.extend((handover.line, handover.kind, target) for target in handover.targets)
            return
        if number == RETURNED:
            plan = self.of(unit)
            ends = plan.failing if handover.outcome == "failure" else plan.following
            # What is said of the unit's own end is told by the place; of others' ends it stays a condition.
            ends.append(handover if handover.after else msgspec.structs.replace(handover, outcome="always"))
            return
        if number == ASSIGNED:
            self.of(unit).left_behind.setdefault(handover.line, []).append(handover)
            return
        self.of(unit).handovers.setdefault(number, []).append(handover)

    def add_meant(self, dispatch: Dispatch) -> None:
        """Note which receivers hear what each class sends at a call on its own object."""
        for cls, units in dispatch.meant:
            meant = self.of(dispatch.unit).meant.setdefault(dispatch.number, {})
            meant[cls] = meant.get(cls, frozenset()).union(units)
