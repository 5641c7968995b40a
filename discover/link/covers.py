"""Places what the catalogs say is put around work: another try, a limit of time, a lock, a breaker, once per key."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from discover.catalog.load import Catalog
from discover.catalog.spec import Cover, Pick, paths_of
from discover.effects.picks import dotted, pick
from discover.facts import records as facts
from discover.facts.source_text import text_of as written
from discover.frameworks.entry_points.retry_policies import but
from discover.frameworks.routing.routers import site_keys
from discover.link.plans import Plans
from discover.link.records import Covering, Limit, UnitPlan
from discover.link.said import class_names, number_of, unique_key, words_of
from discover.link.units import Units
from discover.model import RetryPolicy, Safeguard
from discover.resolve.program import Program
from discover.resolve.sites import CallSite, Decoration, External
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, ContainerValue, Values

_KEY = re.compile(r"idempoten|request.?token|client.?token", re.IGNORECASE)
"""How a parameter or a header is called whose value makes a second request with it do nothing."""


def place_covers(program: Program, catalog: Catalog, plans: Plans, units: Units) -> None:
    """Add what covers a unit, a call, a body or an object's effects to the plans."""
    _Placing(program, plans, units).place([rule for _, rule in catalog.covers])


class _Placing:
    def __init__(self, program: Program, plans: Plans, units: Units) -> None:
        self._program = program
        self._plans = plans
        self._units = units
        self._objects: dict[str, Covering] = {}
        """By the place that made the object."""

    def place(self, rules: list[Cover]) -> None:
        self._decorators(rules)
        for rule in rules:
            for path in paths_of(rule.call):
                for site in self._program.sites_calling(path):
                    self._called(rule, site, path)
        self._entered(rules)
        for function in self._program.all_functions:
            plan = self._plans.by_unit.get(self._units.keys[function])
            if plan is not None and (plan.effects or plan.handed):
                self._worked(function, plan)

    def _plan(self, function: Function) -> UnitPlan:
        return self._plans.of(self._units.keys[function])

    def _decorators(self, rules: list[Cover]) -> None:
        by_path: dict[str, list[Cover]] = {}
        for rule in rules:
            for path in paths_of(rule.decorator):
                by_path.setdefault(path, []).append(rule)
        for decoration in self._program.decorations if by_path else ():
            definition = decoration.definition
            if isinstance(definition, Function):
                paths = dict.fromkeys(external.path for external in decoration.externals)
                for rule in (rule for path in paths for rule in by_path.get(path, ())):
                    plan = self._plan(definition)
                    plan.cover = plan.cover.joined(self._of_decoration(rule, decoration))

    def _of_decoration(self, rule: Cover, decoration: Decoration) -> Covering:
        call = decoration.call
        site = decoration.scope.unit.sites.get(call.number) if call is not None else None
        return self._covering(rule, site, decoration.expression)

    def _covering(
        self, rule: Cover, site: CallSite | None, expression: facts.Expr, external: External | None = None
    ) -> Covering:
        if not self._applies(rule, site, external):
            return Covering()
        if rule.safeguard is not None:
            name = self._named(rule, site, external) if site is not None else _fixed(rule)
            return Covering(safeguards=(Safeguard(kind=rule.safeguard, name=name, is_outside=rule.outside),))
        if rule.seconds is not None:
            seconds = number_of(self._program, site, rule.seconds, external) if site is not None else None
            return Covering(timeout=seconds)
        return Covering(self._policy(rule, site, expression, external))

    def _named(self, rule: Cover, site: CallSite, external: External | None) -> str:
        if not rule.keywords_but:
            return words_of(self._program, site, rule.name, external)
        told = [k.name or written(k.value) for k in site.call.keywords if k.name not in rule.keywords_but]
        return ", ".join(told)

    def _applies(self, rule: Cover, site: CallSite | None, external: External | None) -> bool:
        if rule.when is None:
            return True
        found = pick(self._program, site, external, rule.when) if site is not None else None
        if found is None or not found.given:
            return False
        constants = [str(value.value) for value in found.values if isinstance(value, ConstantValue)]
        texts = [written(found.expression), *class_names(found.values), *constants]
        return rule.matches is None or any(re.search(rule.matches, text) for text in texts)

    def _policy(
        self, rule: Cover, site: CallSite | None, expression: facts.Expr, external: External | None
    ) -> RetryPolicy:
        numbers: list[float | None] = [None] * 4
        on: tuple[str, ...] = ()
        if site is not None:
            given = (rule.attempts, rule.delay, rule.backoff, rule.max_delay)
            numbers = [number_of(self._program, site, one, external) for one in given]
            if rule.on is not None and not isinstance(rule.on, str):
                on = self._classes(site, rule.on)
            on = but(on, self._classes(site, rule.but)) if rule.but is not None else on
        elif rule.attempts is not None:
            default = getattr(rule.attempts, "default", rule.attempts)
            numbers[0] = float(default) if isinstance(default, int | float) else None
        attempts, delay, backoff, longest = numbers
        return RetryPolicy(
            attempts=None if attempts is None else int(attempts),
            delay=delay,
            backoff=backoff,
            max_delay=longest,
            on=on,
            text=written(expression),
        )

    def _classes(self, site: CallSite, option: Pick) -> tuple[str, ...]:
        return class_names(self._flat(pick(self._program, site, None, option).values))

    def _flat(self, values: Values) -> Values:
        return tuple(
            inner
            for value in values
            for inner in (self._program.elements_of((value,)) if isinstance(value, ContainerValue) else (value,))
        )

    def _called(self, rule: Cover, site: CallSite, path: str) -> None:
        called = [external for external in site.externals if fnmatchcase(external.path, path)]
        external = called[0] if called else None
        covering = self._covering(rule, site, site.call, external)
        if covering == Covering():
            return
        if rule.object is None:
            _add(self._plan(site.function).covers, site.call.number, covering)
            self._limited(rule, site, external)
        elif rule.object == "unit":
            plan = self._plan(site.function)
            plan.cover = plan.cover.joined(covering)
        else:
            receivers = tuple(e.receiver for e in called if e.receiver is not None)
            for key in site_keys(site.result if rule.object == "result" else receivers):
                self._objects[key] = covering.joined(self._objects.get(key, Covering()))

    def _limited(self, rule: Cover, site: CallSite, external: External | None) -> None:
        """Note what the limit of time is, where a caller of the function may give another one."""
        if not isinstance(rule.seconds, Pick):
            return
        given = pick(self._program, site, external, rule.seconds).expression
        if given is not None and not isinstance(given, facts.Constant):
            limit = Limit(given, rule.seconds.times, rule.seconds.plus)
            self._plan(site.function).limits[site.call.number] = limit

    def _entered(self, rules: list[Cover]) -> None:
        by_path = {path: rule for rule in rules for path in paths_of(rule.enters)}
        if not by_path:
            return
        for function in self._program.all_functions:
            for identity, (expression, path) in (function.entered or {}).items():
                rule = by_path.get(path)
                if rule is not None and rule.safeguard is not None:
                    safeguard = Safeguard(kind=rule.safeguard, name=dotted(expression))
                    self._plan(function).entered[identity] = Covering(safeguards=(safeguard,))

    def _worked(self, function: Function, plan: UnitPlan) -> None:
        """What covers single effects: the object that they are called on, and a key that a request is given."""
        for number in sorted({*plan.effects, *plan.handed}):
            site = function.sites.get(number)
            if site is None:
                continue
            if self._objects:
                receivers = tuple(e.receiver for e in site.externals if e.receiver is not None)
                for key in site_keys(receivers):
                    if key in self._objects:
                        _add(plan.covers, number, self._objects[key])
            key_text = self._once(site, plan)
            if key_text:
                _add(plan.covers, number, Covering(safeguards=(Safeguard(kind="once", name=key_text),)))

    def _once(self, site: CallSite, plan: UnitPlan) -> str:
        """The key by which doing it a second time does nothing: a request's, or that of a row that SQL inserts."""
        effects = [at.effect for at in plan.effects.get(site.call.number, ())]
        if any(effect.kind not in ("db_read", "db_write") for effect in effects):
            return _idempotency_key(site.call)
        if any(effect.detail in ("INSERT", "REPLACE", "UPSERT") for effect in effects) and site.arguments:
            given = pick(self._program, site, None, Pick(argument=0, bound=0))
            texts = [v.value for v in given.values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
            return unique_key(texts)
        return ""


def _add(covers: dict[int, Covering], number: int, covering: Covering) -> None:
    known = covers.get(number)
    covers[number] = covering if known is None else known.joined(covering)


def _fixed(rule: Cover) -> str:
    return rule.name if isinstance(rule.name, str) else ""


def _idempotency_key(call: facts.Call) -> str:
    """The key that a request says it is known by: a parameter of that name, or a header."""
    for keyword in call.keywords:
        if keyword.name is None:
            continue
        if _KEY.search(keyword.name):
            return _key_words(keyword.value)
        if keyword.name == "headers" and isinstance(keyword.value, facts.Mapping):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, facts.Constant) and isinstance(key.value, str) and _KEY.search(key.value):
                    return _key_words(value)
    return ""


def _key_words(expression: facts.Expr) -> str:
    return "" if isinstance(expression, facts.Constant) and expression.value is None else written(expression)
