"""Joins a row that is written here with the job that looks for such rows and marks them: an outbox.

Strict: a scheduled job, or a command that goes on and on, selects a model's rows in which a field is empty or false
(`sent_at=None`, `sent_at__isnull=True`, `Row.sent_at.is_(None)`, `sent=False`), and sets that field itself, and does
something between. What looks and doesn't mark only counts or shows; what marks and does nothing else tidies up; a
command that ends sets something right once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.facts import records as facts
from discover.facts.walking import within
from discover.frameworks.records import EntryPoint
from discover.link.marking import UPDATES, Place, is_unset, marked
from discover.link.nearness import near
from discover.link.plans import Plans
from discover.link.records import Handover, Target
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ClassValue, InstanceValue, Value

_FILTERS = frozenset({"filter", "filter_by", "find", "find_by"})
_EMPTY = frozenset({"is_", "is_not_distinct_from"})
_INSIDE = frozenset({"db_read", "db_write", "cache", "file"})
_ENDLESS = frozenset({"True", "1"})
_CONFIDENCE = 0.7
_COMPARED = frozenset({"lt", "lte", "gt", "gte", "range"})
_FILLING = frozenset({"default", "default_factory", "auto_now", "auto_now_add", "db_default"})
"""Options of a column by which a new row has a value."""


def link_outboxes(program: Program, entry_points: Iterable[EntryPoint], plans: Plans, units: Units) -> None:
    """Add a hand-over from each insert to the jobs that wait for such rows."""
    entries = tuple(entry_points)
    functions = {units.keys[function]: function for function in program.all_functions}
    for job in _lasting(entries, functions, plans):
        reached = near(job, plans)
        own = [functions[key] for key in reached if key in functions]
        awaited: dict[Place, frozenset[str]] = {}
        for place, filled in (one for function in own for one in _awaited(program, function, plans, units)):
            awaited[place] = filled & awaited.get(place, filled)
        working = [function for function in own if awaited and _works(units.keys[function], plans)]
        for place in sorted(awaited.keys() & {place for function in working for place in marked(program, function)}):
            for key in sorted(plans.by_unit.keys() - set(reached)):
                function = functions.get(key)
                # A migration runs once, and nobody waits for it.
                if function is None or "/migrations/" in key:
                    continue
                if all(_fills(program, function, place[0], field) for field in awaited[place]):
                    _join(function, key, job, place, plans)


def _lasting(entry_points: Iterable[EntryPoint], functions: dict[str, Function], plans: Plans) -> list[str]:
    """Scheduled jobs, and commands with a loop that never ends, or that waits between its turns."""
    found = {entry.unit for entry in entry_points if entry.kind == "schedule"}
    for entry in entry_points:
        function = functions.get(entry.unit) if entry.kind == "command" else None
        plan = plans.by_unit.get(entry.unit)
        waits = set(plan.pauses) if plan is not None else set[int]()
        for loop in function.statements if function is not None else ():
            if isinstance(loop, facts.While) and (loop.text in _ENDLESS or not waits.isdisjoint(_calls(loop))):
                found.add(entry.unit)
    return sorted(found)


def _calls(node: object) -> Iterator[int]:
    """The numbers of all calls in a piece of code."""
    return (one.number for one in within(node) if isinstance(one, facts.Call))


# --- what the job does -------------------------------------------------------------------------------------------


def _works(key: str, plans: Plans) -> bool:
    """Whether a unit does more than to look and to mark: it leads outside, or hands work over."""
    found = [plans.by_unit[unit] for unit in near(key, plans) if unit in plans.by_unit]
    kinds = {at.effect.kind for plan in found for effects in plan.effects.values() for at in effects}
    return bool(kinds - _INSIDE) or any(plan.handovers or plan.handed for plan in found)


def _awaited(
    program: Program, function: Function, plans: Plans, units: Units
) -> Iterator[tuple[Place, frozenset[str]]]:
    """The fields that a query of the function asks to be empty or false, with those that it asks to be filled."""
    plan = plans.by_unit.get(units.keys[function])
    placed = plan.effects.values() if plan is not None else ()
    read = {at.effect.target for effects in placed for at in effects if at.effect.kind == "db_read"} - {""}
    updated = _updated(function)
    for site in function.sites.values() if read else ():
        called = site.call.function
        if not isinstance(called, facts.Attribute) or site.call.number in updated:
            continue
        if called.name in _FILTERS and len(read) == 1:
            for keyword in site.call.keywords:
                field, _, lookup = (keyword.name or "").partition("__")
                if (lookup == "isnull" and _is_true(keyword.value)) or (not lookup and is_unset(keyword.value)):
                    model = next(iter(read))
                    yield (model, field), _asked_to_be_filled(program, site.call, model)
        elif called.name in _EMPTY and isinstance(called.value, facts.Attribute) and is_unset(*site.call.arguments):
            for value in program.values_of(function, called.value.value):
                if isinstance(value, ClassValue) and value.cls.record.name in read:
                    yield (value.cls.record.name, called.value.name), frozenset()


def _asked_to_be_filled(program: Program, call: facts.Call, model: str) -> frozenset[str]:
    """What a query compares (`released_on__lt=now`) and a new row leaves empty: such a row is not yet looked for."""
    parts = [(keyword.name or "").partition("__") for keyword in call.keywords]
    compared = {field for field, _, lookup in parts if lookup in _COMPARED}
    classes = [cls for cls in program.all_classes if compared and cls.record.name == model]
    return frozenset(name for cls in classes for name in compared & _starting_empty(cls))


def _starting_empty(cls: Class) -> set[str]:
    """The columns that may be empty, and are unless a value is given."""
    found: set[str] = set()
    for statement in cls.record.body:
        if isinstance(statement, facts.Assign) and isinstance(statement.value, facts.Call):
            options = {keyword.name: keyword.value for keyword in statement.value.keywords}
            filling = [value for name, value in options.items() if name in _FILLING and not is_unset(value)]
            if "null" in options and _is_true(options["null"]) and not filling:
                found.update(target.id for target in statement.targets if isinstance(target, facts.Name))
    return found


def _updated(function: Function) -> set[int]:
    """The calls of queries that are updated as they are: nobody looks at the rows."""
    found: set[int] = set()
    for site in function.sites.values():
        called = site.call.function
        if isinstance(called, facts.Attribute) and called.name in UPDATES:
            found.update(_calls(called.value))
    return found


def _is_true(expression: facts.Expr) -> bool:
    return isinstance(expression, facts.Constant) and expression.value is True


# --- what others write -------------------------------------------------------------------------------------------


def _join(function: Function, key: str, job: str, place: Place, plans: Plans) -> None:
    model, field = place
    plan = plans.of(key)
    verbs = {"INSERT", "SAVE"} if _makes(function, model) else {"INSERT"}
    for number, effects in sorted(plan.effects.items()):
        inserts = [at for at in effects if at.effect.detail in verbs and at.effect.target == model]
        known = [target.unit for handover in plan.handovers.get(number, ()) for target in handover.targets]
        if inserts and job not in known and not _is_given(function, model, field):
            evidence = f"{model}.{field} is not set here; rows like that are looked for and marked there"
            handover = Handover(
                kind="poll",
                line=inserts[0].effect.line,
                channel=f"{model}.{field}",
                targets=(Target(job, _CONFIDENCE, evidence),),
                confidence=_CONFIDENCE,
                evidence=evidence,
            )
            plan.handovers.setdefault(number, []).append(handover)


def _makes(function: Function, model: str) -> bool:
    """Whether the function makes an object of the model, so that saving one inserts it."""
    return any(
        isinstance(value, ClassValue) and value.cls.record.name == model
        for site in function.sites.values()
        for value in site.callee
    )


def _fills(program: Program, function: Function, model: str, field: str) -> bool:
    """Whether the function gives a row that it makes a value for the field, or may: by keywords that are not told."""
    if (model, field) in marked(program, function) or _is_given(function, model, field):
        return True
    made = [site for site in function.sites.values() if any(_is_of(value, model) for value in site.result)]
    return any(keyword.name is None for site in made for keyword in site.call.keywords)


def _is_of(value: Value, model: str) -> bool:
    return isinstance(value, InstanceValue) and value.cls.record.name == model


def _is_given(function: Function, model: str, field: str) -> bool:
    """Whether the function makes a row that is marked from the start."""
    for site in function.sites.values():
        made = any(_is_of(value, model) for value in site.result)
        given = [keyword.value for keyword in site.call.keywords if keyword.name == field]
        if made and given and not is_unset(*given):
            return True
    return False
