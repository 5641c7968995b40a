"""Celery's schedules: tables of names in settings, in the application's configuration, and `add_periodic_task`.

A table is built by assignments, item assignments and updates in any module, and its tasks are strings; one rule on
one call can't read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.handing_over.lookups import Lookups
from discover.frameworks.reading.schedules import schedule_text
from discover.frameworks.records import EntryPoint, Problem
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ConstantValue, ContainerValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_SETTINGS = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "BEAT_SCHEDULE", "beat_schedule")
_TASK = "celery.app.task.Task"
_SCHEDULE = Pick(argument=0, keyword="schedule", form="schedule")
_SIGNATURE = Pick(argument=1, keyword="sig")


def register(bench: Workbench) -> None:
    """Find every scheduled task."""
    for name in _SETTINGS:
        for value in bench.program.setting(name):
            _table(bench, value)
    for function in bench.program.all_functions:
        if function.record.name == "<module>" or "beat_schedule" in function.names or function.owner is None:
            _configured(bench, function)
        if function.record.name == "<module>":
            _in_classes(bench, function)
    # the sender that `on_after_configure` gives its receivers has no type; the method's name is Celery's alone
    periodic = [*bench.index.calls("celery.Celery.add_periodic_task"), *bench.index.unknown(["add_periodic_task"])]
    for match in periodic:
        _periodic(bench, match.site)
    for match in bench.index.calls(["django_celery_beat.models.PeriodicTask.objects.*create"]):
        given = Given(match.site.call, match.site.function)
        _emit(
            bench,
            bench.picker.values(Pick(keyword="task"), given)
            or bench.picker.values(Pick(keyword="defaults", key="task"), given),
            "in the database",
            "",
            match.site.function.module.path,
            (match.site.function.id, match.site.line),
        )
    for decoration, _ in bench.index.decorations("celery.task.periodic_task"):
        function = decoration.definition
        if decoration.call is not None and isinstance(function, Function):
            given = Given(decoration.call, function.module.body)
            schedule = next(iter(bench.picker.texts(Pick(keyword="run_every", form="schedule"), given)), "")
            _add(bench, function, schedule, "", f"{function.module.path}:{decoration.line}")


def _periodic(bench: Workbench, site: CallSite) -> None:
    """`app.add_periodic_task(crontab(hour=5), clean.s())`, as each caller of a function around it sees it."""
    wanted = bench.picker.wanted([_SCHEDULE, _SIGNATURE], site.call)
    for frame in bench.contexts.frames(site.function, wanted):
        given = Given(site.call, site.function, frame)
        schedule = next(iter(bench.picker.texts(_SCHEDULE, given)), "")
        name = next(iter(bench.picker.texts(Pick(keyword="name"), given)), "")
        values = bench.picker.values(_SIGNATURE, given)
        looked_up = _looked_up(bench, site, frame) if not bench.handlers.functions(values) else []
        values += tuple(bench.program.engine.intern.constant(text) for text in looked_up)
        place = (site.function.id, site.line)
        _emit(bench, values, schedule, name, f"{site.function.module.path}:{site.line}", place)


def _looked_up(bench: Workbench, site: CallSite, frame: Frame | None) -> list[str]:
    """The name by which the task was looked up of which the signature is made: `app.tasks[name].s()`."""
    signature = bench.picker.expression(_SIGNATURE, site.call)
    if isinstance(signature, ir.Call) and isinstance(signature.function, ir.Attribute):
        return Lookups(bench).names(signature.function.value, site.function, frame)
    return []


def _configured(bench: Workbench, function: Function) -> None:
    """`app.conf.beat_schedule = {…}`, `X["name"] = {…}` and `app.conf.update(beat_schedule={…})`."""
    for statement in function.record.body:
        if not isinstance(statement, ir.Assign) or statement.value is None:
            continue
        table = _entry(statement.value)
        for value in bench.program.values_of(function, table) if table is not None else ():
            _table(bench, value)
        for target in statement.targets:
            if isinstance(target, ir.Attribute) and target.name in _SETTINGS:
                for value in bench.program.values_of(function, statement.value):
                    _table(bench, value)
            elif isinstance(target, ir.Subscript) and ending(target.value) in _SETTINGS:
                for value in bench.program.values_of(function, statement.value):
                    _row(bench, _constant(target.index), value)
    for site in function.sites.values():
        if ending(site.call.function) in ("update", "config_from_object"):
            for keyword in site.call.keywords:
                if keyword.name in _SETTINGS:
                    for value in bench.program.values_of(function, keyword.value):
                        _table(bench, value)
            if isinstance(site.call.function, ir.Attribute) and ending(site.call.function.value) in _SETTINGS:
                for values in site.arguments[:1]:
                    for value in values:
                        _table(bench, value)


def _in_classes(bench: Workbench, module: Function) -> None:
    """`class Config: CELERY = {"beat_schedule": {…}}`, and the table as a class attribute of its own."""
    for child in module.children.values():
        if not isinstance(child, Class):
            continue
        for statement in child.record.body:
            if isinstance(statement, ir.Assign) and statement.value is not None:
                names = {ending(target) for target in statement.targets}
                whole = statement.value if not names.isdisjoint(_SETTINGS) else _entry(statement.value)
                for value in bench.program.values_of(child, whole) if whole is not None else ():
                    _table(bench, value)


def _entry(expression: ir.Expr) -> ir.Expr | None:
    """The table in a dict display that holds the whole configuration."""
    if isinstance(expression, ir.Mapping):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if key is not None and _constant(key) in _SETTINGS:
                return value
    return None


def _table(bench: Workbench, value: Value) -> None:
    if isinstance(value, ContainerValue) and value.kind == "dict":
        for key, slot in value.items.items():
            for row in slot.values:
                _row(bench, str(key), row, _turn(value, row, key), _place(value))


def _turn(table: ContainerValue, row: Value, key: str | int) -> tuple[int, int] | None:
    """Of a row that a loop fills again for each key: which turn this key is, and how many there are."""
    keys = [one for one, slot in table.items.items() if row in slot.values]
    return (keys.index(key), len(keys)) if len(keys) > 1 else None


def _row(
    bench: Workbench,
    name: str,
    row: Value,
    turn: tuple[int, int] | None = None,
    table: tuple[str, int] | None = None,
) -> None:
    if not isinstance(row, ContainerValue) or "task" not in row.items:
        return
    tasks = _of_turn(row.items["task"].values, turn)
    schedule = ""
    slot = row.items.get("schedule")
    for value in _of_turn(slot.values, turn) if slot is not None else ():
        schedule = _words(bench, value) or schedule
    _emit(bench, tasks, schedule, name, "beat schedule", _place(row) or table or ("beat schedule", 0))


def _place(value: ContainerValue) -> tuple[str, int] | None:
    """The unit and line of a dict display: the line of its first key."""
    if value.place is None:
        return None
    scope, display = value.place
    return scope.unit.id, next(iter(display.lines), value.line)


def _of_turn(values: Values, turn: tuple[int, int] | None) -> Values:
    """What one turn of a loop puts there: names, tasks and schedules come in the order of what it goes over."""
    return values[turn[0] : turn[0] + 1] if turn is not None and len(values) == turn[1] else values


def _words(bench: Workbench, value: Value) -> str:
    if isinstance(value, ConstantValue):
        return f"every {value.value:g} s" if isinstance(value.value, int | float) else str(value.value)
    if isinstance(value, InstanceValue):
        return next(
            (schedule_text(bench.program, scope, call) for scope, call in bench.picker.creations.made(value)), ""
        )
    return ""


def _emit(bench: Workbench, tasks: Values, schedule: str, name: str, evidence: str, place: tuple[str, int]) -> None:
    objects = _without_bases(bench, tuple(v for v in tasks if not isinstance(v, ConstantValue)))
    functions = dict.fromkeys(bench.handlers.functions(objects))
    for text in bench.program.texts_of(tasks):
        found = [e.unit for e in bench.found.entry_points.values() if e.kind == "task" and text in e.names]
        known = [bench.program.functions[unit] for unit in dict.fromkeys(found) if unit in bench.program.functions]
        known = known or bench.handlers.functions(bench.program.named(text))
        functions.update(dict.fromkeys(known))
        if not known:
            what = f"scheduled task {text}"
            unit, line = place
            bench.found.problem(Problem(unit=unit, line=line, what=what, reason="no task of this name in the tree"))
    for function in functions:
        _add(bench, function, schedule, name, evidence)


def _without_bases(bench: Workbench, tasks: Values) -> Values:
    """The tasks without the objects of classes that functions among them have for their bases: it is one task."""
    instances = [value for value in tasks if isinstance(value, InstanceValue)]
    if not any(value.cls.path == _TASK for value in instances):
        return tasks
    bases = {value for value in instances if value.cls.is_project and bench.program.is_below(value.cls, _TASK)}
    return tuple(value for value in tasks if value not in bases)


def _add(bench: Workbench, function: Function, schedule: str, name: str, evidence: str) -> None:
    bench.found.entry(
        EntryPoint(
            id="",
            kind="schedule",
            framework="celery",
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(schedule=schedule or None, name=name or None),
            confidence=0.95,
            evidence=evidence,
        )
    )


def _constant(expression: ir.Expr) -> str:
    return str(expression.value) if isinstance(expression, ir.Constant) else ""
