"""The names that an application of the project's own gives to tasks which name themselves nothing.

`class Shop(Celery): def gen_task_name(self, name, module): return name` holds for every task, those of `shared_task`
too; a schedule and `send_task` know them by that name alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.texts import texts_of

if TYPE_CHECKING:
    from discover.frameworks.records import EntryPoint
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_APPLICATION = "celery.Celery"
_NAMING = "gen_task_name"


def register(bench: Workbench) -> None:
    """Name the tasks as the application does, where there is one way to do so."""
    methods = {bench.program.find_method(cls, _NAMING) for cls in bench.program.subclasses_of(_APPLICATION)}
    naming = [method for method in methods if method is not None and method.is_project]
    if len(naming) != 1:
        return
    tasks = [(k, e) for k, e in bench.found.entry_points.items() if e.kind == "task" and e.framework == "celery"]
    for key, entry in tasks:
        name = _name(bench, naming[0], entry)
        if name is None:
            continue
        del bench.found.entry_points[key]
        detail = msgspec.structs.replace(entry.detail, name=name)
        names = tuple(dict.fromkeys((name, *(one for one in entry.names if one != entry.detail.name))))
        bench.found.entry(msgspec.structs.replace(entry, detail=detail, names=names))


def _name(bench: Workbench, naming: Function, entry: EntryPoint) -> str | None:
    """What the method makes of a task's module and own name; None where it has another name, or that is not told."""
    module, _, own = (entry.detail.name or "").rpartition(".")
    function = bench.program.functions.get(entry.unit)
    parameters = naming.given
    if function is None or function.module.name != module or len(parameters) != 2:
        return None
    intern = bench.program.engine.intern
    given = (intern.constant(own), intern.constant(module))
    frame = Frame(naming).round({one.name: (value,) for one, value in zip(parameters, given, strict=True)})
    texts = [
        text
        for expression in bench.contexts.returned(naming)
        for text in texts_of(bench.contexts.values(naming, expression, frame))
    ]
    return texts[0] if len(texts) == 1 and "{}" not in texts[0] else None
