"""Joins a status that is written here with the job that looks for it there.

Strict, since a wrong edge misleads more than a missing one: a scheduled job or command (or a unit that it calls)
filters a model on `field=value` or `Model.field == value`, and another unit assigns or creates that model with the
same field and value. The value must be a text or a number: true, false and nothing are shared by too many meanings.

What the job looks up is no work: the rows of one thing that it has anyhow (`known_objects.py`), a row that a unique
column names, or a query that is answered by one row or a figure or is a condition of another one (`looked_up.py`),
unless the job sets that field, as one that takes the next row does. Nor is what a model asks for whenever it is saved,
or what is rolled back where it is written (`undone.py`). A field that no code sets in a row that exists says what kind
a row is, and is no status to a command that nothing schedules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from discover.catalog.load import Catalog
from discover.effects.state_changes import Change, declared_changes, is_declared
from discover.facts import records as facts
from discover.facts.walking import is_within
from discover.frameworks.records import EntryPoint
from discover.link.generic_keys import kinds_asked, may_be_of
from discover.link.known_objects import KnownObjects
from discover.link.looked_up import look_ups, naming_columns, root_name
from discover.link.marking import Place, marked
from discover.link.nearness import near
from discover.link.plans import Plans
from discover.link.polled_rows import Queries, Query
from discover.link.records import Handover, Target, UnitPlan
from discover.link.status_writes import DUE, FILTERS, Looked, Writes, Written, constants, is_now, models_of
from discover.link.undone import undone_lines
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue

_CONDITIONED = ("filter", "where")
_AMONG = ("in_", "notin_", "not_in")
_CONFIDENCE = 0.7
_DUE_CONFIDENCE = 0.6
_OF_ANY_KIND = 0.4
"""A job looks for the rows that belong to one model, and the code does not say whether the one that is written does."""
_DUE_LOOKUPS = frozenset({"lt", "lte"})
_SAVES = frozenset({"save", "asave"})

Wanted = dict[Looked, dict[str, frozenset[str]]]
"""The jobs that look for a value, each with the models to which the rows belong; empty where they may belong to any."""


def link_polls(
    program: Program, catalog: Catalog, entry_points: Iterable[EntryPoint], plans: Plans, units: Units
) -> None:
    """Add a hand-over from each write to the jobs that poll for it."""
    entries = tuple(entry_points)
    queries = Queries(program)
    wanted = _wanted(program, entries, plans, units, queries)
    declared = list(declared_changes(program, catalog.state_changes))
    _drop_kinds(program, entries, wanted, declared)
    if not any(wanted.values()):
        return
    writes = Writes(program, {looked.field for looked in wanted}, declared)
    _drop_own(program, entries, plans, units, wanted, writes)
    run = {entry.unit for entry in entries}
    undone = undone_lines(program, {function for function, key in units.keys.items() if key in run})
    for function in program.all_functions:
        if "/migrations/" in function.module.path:
            continue  # runs once, and nobody waits for it
        of_function = list(writes.of(function))
        if not of_function:
            continue
        key = units.keys[function]
        stored = _models_written(plans.by_unit.get(key)) | _models_saved(function, plans, units)
        told: set[tuple[int, str, Query]] = set()
        for written in of_function:
            line, number, looked = written.line, written.number, written.looked
            if is_within(line, undone.get(function, ())):
                continue  # nobody ever sees it
            if looked.model not in stored and not _is_stored_by_setter(written, plans, units):
                continue
            jobs = _untold(queries, function, written, wanted.get(looked, {}), told)
            pollers = _pollers(program, function, written, jobs)
            if not pollers:
                continue
            handover = _handover(written, pollers)
            plan = plans.of(key)
            if number is None:
                plan.left_behind.setdefault(line, []).append(handover)
            else:
                plan.handovers.setdefault(number, []).append(handover)


def _untold(
    queries: Queries,
    function: Function,
    written: Written,
    jobs: dict[str, frozenset[str]],
    told: set[tuple[int, str, Query]],
) -> dict[str, frozenset[str]]:
    """The jobs with a query that may find what is written, and that no other column of the same call has led to."""
    found: dict[str, frozenset[str]] = {}
    for job, kinds in jobs.items():
        finding = queries.finding(function, written, job)
        if written.number is not None and written.setter is None:
            number = written.number
            finding = [query for query in finding if (number, job, query) not in told]
            told.update((number, job, query) for query in finding)
        if finding:
            found[job] = kinds
    return found


def _pollers(
    program: Program, function: Function, written: Written, jobs: dict[str, frozenset[str]]
) -> dict[str, bool]:
    """The jobs that may find what is written, each with whether it is not known that they look for rows of its kind."""
    return {
        job: is_theirs is None
        for job, kinds in jobs.items()
        if job != function.id and (is_theirs := may_be_of(program, function, written, kinds)) is not False
    }


def _is_stored_by_setter(written: Written, plans: Plans, units: Units) -> bool:
    if written.setter is None:
        return False
    plan = plans.by_unit.get(units.keys[written.setter])
    around = [hooked.target.unit for hooked in plan.around] if plan is not None else []
    stored = _models_written(plan).union(*(_models_written(plans.by_unit.get(unit)) for unit in around))
    return not stored.isdisjoint((written.saved, written.looked.model))


def _handover(written: Written, pollers: dict[str, bool]) -> Handover:
    """The hand-over to jobs; of some it is not known whether they look for rows of that kind."""
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
        targets=tuple(
            Target(unit, _OF_ANY_KIND if is_open else confidence, evidence) for unit, is_open in pollers.items()
        ),
        confidence=confidence,
        evidence=evidence,
    )


# --- reading -----------------------------------------------------------------------------------------------------


def _wanted(
    program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units, queries: Queries
) -> Wanted:
    functions = {units.keys[function]: function for function in program.all_functions}
    wanted: defaultdict[Looked, dict[str, frozenset[str]]] = defaultdict(dict)
    jobs = sorted({entry.unit for entry in entry_points if entry.kind in ("schedule", "command")})
    naming = naming_columns(program) if jobs else frozenset[Place]()
    for job in jobs:
        reached = [key for key in near(job, plans) if key in functions]
        deleted = {model for key in reached for model in _models_deleted(plans, key)}
        changed = {place for key in reached for place in marked(program, functions[key])}
        known = KnownObjects(program, functions[job], [functions[key] for key in reached]) if job in functions else None
        for key in reached:
            for number, looked, kinds in _asked(program, functions[key], plans, key, changed, known, queries):
                # What is deleted when its time has come is cleaned up: nobody waits for it.
                if (looked.model, looked.field) in naming or (looked.value == DUE and looked.model in deleted):
                    continue
                queries.add(looked, job, (functions[key], number))
                before = wanted[looked].get(job, kinds)
                wanted[looked][job] = before | kinds if before and kinds else frozenset()
    return dict(wanted)


def _asked(
    program: Program,
    function: Function,
    plans: Plans,
    key: str,
    changed: set[Place],
    known: KnownObjects | None,
    queries: Queries,
) -> Iterator[tuple[int, Looked, frozenset[str]]]:
    """What the function's queries go over the rows of, or take the next row of, and to what these belong."""
    models = _models_read(plans, key)
    if not models or (function.owner is not None and function.record.name in _SAVES):
        return  # a model's own way of saving runs with each save, whoever it is by
    found = [*_looked(program, function, models, queries), *_compared(program, function, models, queries)]
    once = look_ups(function) if found else frozenset[int]()
    of_one = known.asked(function) if found and known is not None else frozenset[int]()
    for number, looked in found:
        takes = looked.value == DUE or (looked.model, looked.field) in changed
        if number not in of_one and (takes or number not in once) and not _makes(function, looked):
            yield number, looked, kinds_asked(program, function, function.sites[number])


def _drop_kinds(
    program: Program, entry_points: Iterable[EntryPoint], wanted: Wanted, declared: Iterable[Change]
) -> None:
    """Leave a field that no code sets in a row that exists to scheduled jobs: for others it only says what a row is."""
    if not wanted:
        return
    scheduled = {entry.unit for entry in entry_points if entry.kind == "schedule"}
    fields = {looked.field for looked, jobs in wanted.items() if looked.value != DUE and not scheduled.issuperset(jobs)}
    if not fields:
        return
    lasting = [function for function in program.all_functions if "/migrations/" not in function.module.path]
    changed = {place for function in lasting for place in marked(program, function, fields)}
    changed.update((change.owner.record.name, change.field) for change in declared)
    for looked, jobs in wanted.items():
        if looked.value != DUE and (looked.model, looked.field) not in changed:
            wanted[looked] = {job: kinds for job, kinds in jobs.items() if job in scheduled}


def _makes(function: Function, looked: Looked) -> bool:
    """Whether the function itself makes what it does not find: it gets or creates, and waits for nobody."""
    making = [
        site
        for site in function.sites.values()
        if looked.field in site.keywords
        and not (isinstance(site.call.function, facts.Attribute) and site.call.function.name in FILTERS)
    ]
    made = (value for site in making for value in site.result)
    return any(isinstance(value, InstanceValue) and value.cls.record.name == looked.model for value in made)


def _drop_own(
    program: Program,
    entry_points: Iterable[EntryPoint],
    plans: Plans,
    units: Units,
    wanted: Wanted,
    writes: Writes,
) -> None:
    """A command that writes itself what it looks for sets something up; it waits for nobody's work."""
    functions = {units.keys[function]: function for function in program.all_functions}
    scheduled = {entry.unit for entry in entry_points if entry.kind == "schedule"}
    for job in sorted({unit for jobs in wanted.values() for unit in jobs} - scheduled):
        for function in (functions[key] for key in near(job, plans) if key in functions):
            for written in writes.of(function):
                wanted.get(written.looked, {}).pop(job, None)


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
    written = {
        at.effect.target
        for effects in found
        for at in effects
        if at.effect.kind == "db_write" and not is_declared(at.effect.evidence)
    }
    return {name.strip() for target in written for name in target.split(",")}


def _models_saved(function: Function, plans: Plans, units: Units) -> set[str]:
    """The models whose objects store themselves by a method that the function calls: an own `save`, a `close`."""
    called = [target for site in function.sites.values() for target in site.targets if target.function in units.keys]
    return {
        target.receiver.cls.record.name
        for target in called
        if isinstance(target.receiver, InstanceValue)
        and target.receiver.cls.record.name in _models_written(plans.by_unit.get(units.keys[target.function]))
    }


def _looked(program: Program, function: Function, models: set[str], queries: Queries) -> Iterator[tuple[int, Looked]]:
    """What a query's keywords ask for, each with the number of the call."""
    for site in function.sites.values():
        if not isinstance(site.call.function, facts.Attribute) or site.call.function.name not in FILTERS:
            _excluded(site, models, queries)
            continue
        owners = _owners(site, models)
        for name, values in site.keywords.items():
            field, _, lookup = name.partition("__")
            if lookup in _DUE_LOOKUPS and is_now(function, _keyword(site, name)):
                for model in owners:
                    yield site.call.number, Looked(model, field, DUE)
            if lookup not in ("", "exact", "iexact", "in") or _is_data(program, function, _keyword(site, name)):
                continue
            for model in owners if lookup != "iexact" else ():
                queries.ask((function, site.call.number), model, field, _keyword(site, name))
            for value in constants(values):
                for model in owners:
                    yield site.call.number, Looked(model, field, value)


def _excluded(site: CallSite, models: set[str], queries: Queries) -> None:
    """Note what `.exclude(kind="gift")` leaves out; of several columns it leaves out what has all of these values."""
    called = site.call.function
    if not isinstance(called, facts.Attribute) or called.name != "exclude" or site.call.arguments:
        return
    for name in site.keywords if len(site.call.keywords) == 1 else ():
        field, _, lookup = name.partition("__")
        for model in _owners(site, models) if lookup in ("", "exact", "in") else ():
            queries.ask((site.function, site.call.number), model, field, _keyword(site, name), excluded=True)


def _compared(program: Program, function: Function, models: set[str], queries: Queries) -> Iterator[tuple[int, Looked]]:
    """What a query's conditions ask for: `Order.status == "ready"`, `Order.status.in_(["new", "held"])`."""
    for site in function.sites.values():
        if not isinstance(site.call.function, facts.Attribute) or site.call.function.name not in _CONDITIONED:
            continue
        for column, wanted, is_excluded in filter(None, map(_condition, site.call.arguments)):
            if _is_data(program, function, wanted):
                continue
            values = program.values_of(function, wanted)
            for value in values if isinstance(wanted, facts.Sequence) else ():
                values = (*values, *program.elements_of((value,)))
            for owner in program.values_of(function, column.value):
                if isinstance(owner, ClassValue) and owner.cls.record.name in models:
                    model = owner.cls.record.name
                    queries.ask((function, site.call.number), model, column.name, wanted, excluded=is_excluded)
                    for one in constants(values) if not is_excluded else ():
                        yield site.call.number, Looked(model, column.name, one)


def _is_data(program: Program, function: Function, wanted: facts.Expr | None) -> bool:
    """`parcel.code` of a parcel that the function has: what it may be besides is not known, and it names no status."""
    name = root_name(wanted) if isinstance(wanted, facts.Attribute) else None
    own = {parameter.name for parameter in function.given}
    if name is None or (name not in own and name not in program.bodies.assignments(function)):
        return False
    holders = program.values_of(function, facts.Name(name))
    return not holders or not all(isinstance(holder, ClassValue) for holder in holders)


def _condition(argument: facts.Expr) -> tuple[facts.Attribute, facts.Expr, bool] | None:
    """The column, what it is to be, and whether it is to be anything else."""
    if isinstance(argument, facts.Opaque) and argument.operator in ("==", "!="):
        column, wanted = argument.parts[0], argument.parts[1]
        return (column, wanted, argument.operator == "!=") if isinstance(column, facts.Attribute) else None
    called = argument.function if isinstance(argument, facts.Call) else None
    if not isinstance(argument, facts.Call) or not isinstance(called, facts.Attribute) or called.name not in _AMONG:
        return None
    column = called.value
    if not isinstance(column, facts.Attribute) or not argument.arguments:
        return None
    return column, argument.arguments[0], called.name != "in_"


def _keyword(site: CallSite, name: str) -> facts.Expr | None:
    return next((keyword.value for keyword in site.call.keywords if keyword.name == name), None)


def _owners(site: CallSite, models: set[str]) -> list[str]:
    """The models that the filtered query is of: told by its type where that is known, else the unit's only one."""
    return sorted(models.intersection(models_of(site))) or (sorted(models) if len(models) == 1 else [])
