"""Joins a status that is written here with the job that looks for it there.

Strict, since a wrong edge misleads more than a missing one: a scheduled job or command (or a unit that it calls)
filters a model on `field=value` or `Model.field == value`, and another unit assigns or creates that model with the
same field and value. The value must be a text or a number: true, false and nothing are shared by too many meanings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from discover.facts import records as facts
from discover.facts.source_text import text_of as written_text
from discover.facts.walking import statements
from discover.frameworks.records import EntryPoint
from discover.link.nearness import near
from discover.link.plans import Plans
from discover.link.records import Handover, Target, UnitPlan
from discover.link.said import seconds_of
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, ConstantValue, InstanceValue, Values

_CONDITIONED = ("filter", "where")
_FILTERS = ("filter", "get", "filter_by", "find", "find_by", "aget")
_CONFIDENCE = 0.7
_DUE_CONFIDENCE = 0.6


DUE = "a time that has come"
_PRESENT = frozenset({"now", "utcnow", "today", "localtime", "localdate"})
_DUE_LOOKUPS = frozenset({"lt", "lte"})


class Looked(NamedTuple):
    """What a job looks for; the value is `DUE` where it waits for the field's time."""

    model: str
    field: str
    value: str | int | float


class Written(NamedTuple):
    """Where a value is stored that a job may look for; `number` is that of the call that stores it."""

    line: int
    number: int | None
    looked: Looked
    delay: float | None = None
    delay_text: str = ""


def link_polls(program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units) -> None:
    """Add a hand-over from each write to the jobs that poll for it."""
    entries = tuple(entry_points)
    wanted = _wanted(program, entries, plans, units)
    if not wanted:
        return
    fields = {looked.field for looked in wanted}
    _drop_own(program, entries, plans, units, wanted)
    for function in program.all_functions:
        if "/migrations/" in function.module.path:
            continue  # runs once, and nobody waits for it
        key = units.keys[function]
        plan = plans.by_unit.get(key)
        stored = _models_written(plan)
        for written in _written(program, function, fields):
            line, number, looked = written.line, written.number, written.looked
            if looked.model not in stored:
                continue
            pollers = [unit for unit in wanted.get(looked, ()) if unit != function.id]
            if not pollers:
                continue
            handover = _handover(written, pollers)
            plan = plans.of(key)
            if number is None:
                plan.left_behind.setdefault(line, []).append(handover)
            else:
                plan.handovers.setdefault(number, []).append(handover)


def _handover(written: Written, pollers: list[str]) -> Handover:
    looked = written.looked
    what = f"{looked.model}.{looked.field}"
    if looked.value != DUE:
        what += f" = {looked.value!r}"
    evidence = f"{what} is written here and looked for there"
    confidence = _CONFIDENCE if looked.value != DUE else _DUE_CONFIDENCE
    return Handover(
        kind="poll",
        line=written.line,
        channel=what,
        delay=written.delay,
        delay_text=written.delay_text,
        targets=tuple(Target(unit, confidence, evidence) for unit in pollers),
        confidence=confidence,
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
        reached = near(job, plans)
        deleted = {model for key in reached for model in _models_deleted(plans, key)}
        for key in reached:
            function = functions.get(key)
            models = _models_read(plans, key)
            if function is None or not models:
                continue
            for looked in (*_looked(function, models), *_compared(program, function, models)):
                # What is deleted when its time has come is cleaned up: nobody waits for it.
                if job not in wanted[looked] and not (looked.value == DUE and looked.model in deleted):
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
        for function in (functions[key] for key in near(job, plans) if key in functions):
            for written in _written(program, function, fields):
                if job in wanted.get(written.looked, ()):
                    wanted[written.looked].remove(job)


def _models_read(plans: Plans, key: str) -> set[str]:
    plan = plans.by_unit.get(key)
    placed = plan.effects.values() if plan is not None else ()
    return {at.effect.target for effects in placed for at in effects if at.effect.kind.startswith("db_")} - {""}


def _models_deleted(plans: Plans, key: str) -> set[str]:
    plan = plans.by_unit.get(key)
    placed = plan.effects.values() if plan is not None else ()
    return {at.effect.target for effects in placed for at in effects if at.effect.detail == "DELETE"}


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
            if lookup in _DUE_LOOKUPS and _is_now(function, _keyword(site, name)):
                for model in owners:
                    yield Looked(model, field, DUE)
            if lookup not in ("", "exact", "iexact", "in"):
                continue
            for value in _constants(values):
                for model in owners:
                    yield Looked(model, field, value)


def _compared(program: Program, function: Function, models: set[str]) -> Iterator[Looked]:
    """What a query's conditions ask for: `Order.status == "ready"`, `Order.status.in_(["new", "held"])`."""
    for site in function.sites.values():
        if not isinstance(site.call.function, facts.Attribute) or site.call.function.name not in _CONDITIONED:
            continue
        for column, wanted in filter(None, map(_condition, site.call.arguments)):
            values = program.values_of(function, wanted)
            for value in values if isinstance(wanted, facts.Sequence) else ():
                values = (*values, *program.elements_of((value,)))
            for owner in program.values_of(function, column.value):
                if isinstance(owner, ClassValue) and owner.cls.record.name in models:
                    yield from (Looked(owner.cls.record.name, column.name, one) for one in _constants(values))


def _condition(argument: facts.Expr) -> tuple[facts.Attribute, facts.Expr] | None:
    """The column and what it is to be."""
    if isinstance(argument, facts.Opaque) and argument.operator == "==":
        column, wanted = argument.parts[0], argument.parts[1]
        return (column, wanted) if isinstance(column, facts.Attribute) else None
    called = argument.function if isinstance(argument, facts.Call) else None
    if not isinstance(argument, facts.Call) or not isinstance(called, facts.Attribute) or called.name != "in_":
        return None
    column = called.value
    return (column, argument.arguments[0]) if isinstance(column, facts.Attribute) and argument.arguments else None


def _keyword(site: CallSite, name: str) -> facts.Expr | None:
    return next((keyword.value for keyword in site.call.keywords if keyword.name == name), None)


def _is_now(function: Function, expression: facts.Expr | None) -> bool:
    """Whether it is the present time. Compared with a time before, a field says how old something is."""
    if isinstance(expression, facts.Name):
        given = [
            statement.value
            for statement in _assignments(function.record.body)
            for target in statement.targets
            if isinstance(target, facts.Name) and target.id == expression.id
        ]
        return len(given) == 1 and not isinstance(given[0], facts.Name) and _is_now(function, given[0])
    while isinstance(expression, facts.Call | facts.Attribute):
        name = expression.name if isinstance(expression, facts.Attribute) else ""
        if name in _PRESENT:
            return True
        expression = expression.function if isinstance(expression, facts.Call) else expression.value
    return isinstance(expression, facts.Name) and expression.id in _PRESENT


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


def _written(program: Program, function: Function, fields: set[str]) -> Iterator[Written]:
    for statement in _assignments(function.record.body):
        for target in statement.targets:
            if isinstance(target, facts.Attribute) and target.name in fields and statement.value is not None:
                given = program.values_of(function, statement.value)
                stored = _stored(statement.value, given)
                if stored is None:
                    continue
                for value in program.values_of(function, target.value):
                    if isinstance(value, InstanceValue):
                        looked = Looked(value.cls.record.name, target.name, stored)
                        delay, words = _delay(function, statement.value) if stored == DUE else (None, "")
                        yield Written(statement.line, None, looked, delay, words)
    for number, site in function.sites.items():
        given = fields.intersection(site.keywords)
        if not given or _is_filter(site):
            continue
        for field in sorted(given):
            values = _constants(site.keywords[field])
            if len(values) == 1:
                for result in site.result:
                    if isinstance(result, InstanceValue):
                        yield Written(site.call.line, number, Looked(result.cls.record.name, field, values[0]))


def _stored(expression: facts.Expr, values: Values) -> str | int | float | None:
    """The one constant that is stored; `DUE` for what is reckoned, such as a time; None for anything else."""
    constants = _constants(values)
    if len(constants) == 1:
        return constants[0]
    is_reckoned = isinstance(expression, facts.Call | facts.Binary) and not _has_constant(values)
    return DUE if is_reckoned else None


def _delay(function: Function, expression: facts.Expr) -> tuple[float | None, str]:
    """How long after now a stored time is: in seconds where the code says, and in its own words."""
    if not isinstance(expression, facts.Binary) or expression.operator != "+":
        return None, ""
    for now, later in ((expression.left, expression.right), (expression.right, expression.left)):
        if _is_now(function, now):
            seconds = seconds_of(later) if isinstance(later, facts.Call) else []
            return (seconds[0] if seconds else None), written_text(later)
    return None, ""


def _has_constant(values: Values) -> bool:
    """Whether any of the values is a constant."""
    return any(isinstance(value, ConstantValue) for value in values)


def _is_filter(site: CallSite) -> bool:
    return isinstance(site.call.function, facts.Attribute) and site.call.function.name in (*_FILTERS, "exclude")


def _assignments(body: list[facts.Stmt]) -> Iterator[facts.Assign]:
    return (statement for statement in statements(body) if isinstance(statement, facts.Assign))
