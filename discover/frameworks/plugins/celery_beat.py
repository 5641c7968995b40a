"""Celery's schedules: tables of names in settings, in the application's configuration, and `add_periodic_task`.

A table is built by assignments, item assignments and updates in any module, and its tasks are strings; one rule on
one call can't read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.entry_points.beat_rows import place_of, schedule, schedule_row, schedule_tasks
from discover.frameworks.handing_over.lookups import Lookups
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ContainerValue, Value

if TYPE_CHECKING:
    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_SETTINGS = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "BEAT_SCHEDULE", "beat_schedule")
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
        schedule_tasks(
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
            when = next(iter(bench.picker.texts(Pick(keyword="run_every", form="schedule"), given)), "")
            schedule(bench, function, when, "", f"{function.module.path}:{decoration.line}")


def _periodic(bench: Workbench, site: CallSite) -> None:
    """`app.add_periodic_task(crontab(hour=5), clean.s())`, as each caller of a function around it sees it."""
    wanted = bench.picker.wanted([_SCHEDULE, _SIGNATURE], site.call)
    for frame in bench.contexts.frames(site.function, wanted):
        given = Given(site.call, site.function, frame)
        when = next(iter(bench.picker.texts(_SCHEDULE, given)), "")
        name = next(iter(bench.picker.texts(Pick(keyword="name"), given)), "")
        values = bench.picker.values(_SIGNATURE, given)
        looked_up = _looked_up(bench, site, frame) if not bench.handlers.functions(values) else []
        values += tuple(bench.program.engine.intern.constant(text) for text in looked_up)
        place = (site.function.id, site.line)
        schedule_tasks(bench, values, when, name, f"{site.function.module.path}:{site.line}", place)


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
                    schedule_row(bench, _constant(target.index), value)
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
                schedule_row(bench, str(key), row, _turn(value, row, key), place_of(value))


def _turn(table: ContainerValue, row: Value, key: str | int) -> tuple[int, int] | None:
    """Of a row that a loop fills again for each key: which turn this key is, and how many there are."""
    keys = [one for one, slot in table.items.items() if row in slot.values]
    return (keys.index(key), len(keys)) if len(keys) > 1 else None


def _constant(expression: ir.Expr) -> str:
    return str(expression.value) if isinstance(expression, ir.Constant) else ""
