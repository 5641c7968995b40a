"""Joins a status that is written here with the job that looks for it there.

Strict, since a wrong edge misleads more than a missing one: a scheduled job or command (or a unit that it calls)
filters a model on `field=value`, and another unit assigns or creates that model with the same field and value. The
value must be a text or a number: true, false and nothing are shared by too many meanings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from discover.facts import records as facts
from discover.frameworks.records import EntryPoint
from discover.link.plans import Plans
from discover.link.records import Handover, Target, UnitPlan
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, InstanceValue, Values

_DEPTH = 3
_FILTERS = ("filter", "get", "filter_by", "find", "find_by", "aget")
_CONFIDENCE = 0.7


class Looked(NamedTuple):
    """What a job looks for."""

    model: str
    field: str
    value: str | int | float


def link_polls(program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units) -> None:
    """Add a hand-over from each write to the jobs that poll for it."""
    entries = tuple(entry_points)
    wanted = _wanted(program, entries, plans, units)
    if not wanted:
        return
    fields = {looked.field for looked in wanted}
    _drop_own(program, entries, plans, units, wanted)
    for function in program.all_functions:
        key = units.keys[function]
        plan = plans.by_unit.get(key)
        stored = _models_written(plan)
        for line, number, looked in _written(program, function, fields):
            if looked.model not in stored:
                continue
            pollers = [unit for unit in wanted.get(looked, ()) if unit != function.id]
            if not pollers:
                continue
            handover = _handover(looked, pollers, line)
            plan = plans.of(key)
            if number is None:
                plan.left_behind.setdefault(line, []).append(handover)
            else:
                plan.handovers.setdefault(number, []).append(handover)


def _handover(looked: Looked, pollers: list[str], line: int) -> Handover:
    evidence = f"{looked.model}.{looked.field} = {looked.value!r} is written here and looked for there"
    return Handover(
        kind="poll",
        line=line,
        channel=f"{looked.model}.{looked.field} = {looked.value!r}",
        targets=tuple(Target(unit, _CONFIDENCE, evidence) for unit in pollers),
        confidence=_CONFIDENCE,
        evidence=evidence,
    )


# --- reading -----------------------------------------------------------------------------------------------------


def _wanted(
    program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units
) -> dict[Looked, list[str]]:
    functions = {units.keys[function]: function for function in program.all_functions}
    wanted: defaultdict[Looked, list[str]] = defaultdict(list)
    jobs = sorted({entry.unit for entry in entry_points if entry.kind in ("schedule", "command")})
    for job in jobs:
        for key in _near(job, plans):
            function = functions.get(key)
            models = _models_read(plans, key)
            if function is None or not models:
                continue
            for looked in _looked(function, models):
                if job not in wanted[looked]:
                    wanted[looked].append(job)
    return dict(wanted)


def _drop_own(
    program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units, wanted: dict[Looked, list[str]]
) -> None:
    """A command that writes itself what it looks for sets something up; it waits for nobody's work."""
    functions = {units.keys[function]: function for function in program.all_functions}
    scheduled = {entry.unit for entry in entry_points if entry.kind == "schedule"}
    fields = {looked.field for looked in wanted}
    for job in sorted({unit for jobs in wanted.values() for unit in jobs} - scheduled):
        for function in (functions[key] for key in _near(job, plans) if key in functions):
            for _, _, looked in _written(program, function, fields):
                if job in wanted.get(looked, ()):
                    wanted[looked].remove(job)


def _near(job: str, plans: Plans) -> list[str]:
    found = {job: 0}
    queue = [job]
    for key in queue:
        plan = plans.by_unit.get(key)
        if plan is None or found[key] >= _DEPTH:
            continue
        for targets in plan.calls.values():
            if len(targets) == 1 and targets[0].unit not in found:
                found[targets[0].unit] = found[key] + 1
                queue.append(targets[0].unit)
    return queue


def _models_read(plans: Plans, key: str) -> set[str]:
    plan = plans.by_unit.get(key)
    placed = plan.effects.values() if plan is not None else ()
    return {at.effect.target for effects in placed for at in effects if at.effect.kind.startswith("db_")} - {""}


def _models_written(plan: UnitPlan | None) -> set[str]:
    """The models that the unit stores: what it only makes is no status that anybody could see."""
    found = [] if plan is None else [*plan.effects.values(), *plan.unplaced.values()]
    written = {at.effect.target for effects in found for at in effects if at.effect.kind == "db_write"}
    return {name.strip() for target in written for name in target.split(",")}


def _looked(function: Function, models: set[str]) -> Iterator[Looked]:
    for site in function.sites.values():
        if not isinstance(site.call.function, facts.Attribute) or site.call.function.name not in _FILTERS:
            continue
        owners = _owners(site, models)
        for name, values in site.keywords.items():
            field, _, lookup = name.partition("__")
            if lookup not in ("", "exact", "iexact", "in"):
                continue
            for value in _constants(values):
                for model in owners:
                    yield Looked(model, field, value)


def _owners(site: CallSite, models: set[str]) -> list[str]:
    """The models that the filtered query is of: told by its type where that is known, else the unit's only one."""
    named = {
        inner.cls.record.name
        for external in site.externals
        if isinstance(external.receiver, InstanceValue)
        for _, values in external.receiver.bindings
        for inner in values
        if isinstance(inner, InstanceValue)
    }
    return sorted(named & models) or (sorted(models) if len(models) == 1 else [])


def _constants(values: Values) -> list[str | int | float]:
    return [
        value.value
        for value in values
        if isinstance(value, ConstantValue) and isinstance(value.value, str | int | float) and _says(value.value)
    ]


def _says(value: object) -> bool:
    return not isinstance(value, bool) and value not in ("", 0, 1) and "{}" not in str(value)


# --- writing -----------------------------------------------------------------------------------------------------


def _written(program: Program, function: Function, fields: set[str]) -> Iterator[tuple[int, int | None, Looked]]:
    for statement in _assignments(function.record.body):
        for target in statement.targets:
            if isinstance(target, facts.Attribute) and target.name in fields and statement.value is not None:
                values = _constants(program.values_of(function, statement.value))
                if len(values) == 1:
                    for value in program.values_of(function, target.value):
                        if isinstance(value, InstanceValue):
                            yield statement.line, None, Looked(value.cls.record.name, target.name, values[0])
    for number, site in function.sites.items():
        given = fields.intersection(site.keywords)
        if not given or _is_filter(site):
            continue
        for field in sorted(given):
            values = _constants(site.keywords[field])
            if len(values) == 1:
                for result in site.result:
                    if isinstance(result, InstanceValue):
                        yield site.call.line, number, Looked(result.cls.record.name, field, values[0])


def _is_filter(site: CallSite) -> bool:
    return isinstance(site.call.function, facts.Attribute) and site.call.function.name in (*_FILTERS, "exclude")


def _assignments(body: list[facts.Stmt]) -> Iterator[facts.Assign]:
    for statement in body:
        if isinstance(statement, facts.Assign):
            yield statement
        elif isinstance(statement, facts.If | facts.ForLoop | facts.While):
            yield from _assignments(statement.body)
            yield from _assignments(statement.otherwise)
        elif isinstance(statement, facts.With):
            yield from _assignments(statement.body)
        elif isinstance(statement, facts.Try):
            for part in (statement.body, statement.otherwise, statement.last):
                yield from _assignments(part)
            for handler in statement.handlers:
                yield from _assignments(handler.body)
        elif isinstance(statement, facts.Match):
            for case in statement.cases:
                yield from _assignments(case.body)
