"""Luigi's requirements: the tasks that `requires` makes run before the task, those that `run` yields run within it.

No call hands them over: the scheduler runs what the method returns, so what counts is which class each object is of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import Dispatch
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_TASK = "luigi.task.Task"
_STARTS = ["luigi.interface.build", "luigi.interface.run"]


def connect(bench: Workbench) -> None:
    """Emit what each task requires, and what is started by hand."""
    tasks = set(bench.program.subclasses_of(_TASK))
    for cls in sorted(tasks, key=lambda one: one.id):
        for method in cls.methods():
            if method.record.name == "requires" or (method.record.name == "run" and method.record.is_generator):
                for site in bench.program.sites(method):
                    _made(bench, site, method)
    for match in bench.index.calls(_STARTS):
        for site in bench.program.sites(match.site.function):
            if site.line == match.site.line:
                _made(bench, site, match.site.function)


def _made(bench: Workbench, site: CallSite, function: Function) -> None:
    """The task that a call makes."""
    for value in site.result:
        if not isinstance(value, InstanceValue) or not value.exact or not value.cls.is_project:
            continue
        run = bench.program.find_method(value.cls, "run")
        if run is None or all(level.path != _TASK for level in value.cls.mro):
            continue
        bench.found.dispatch(
            Dispatch(
                unit=function.id,
                number=site.call.number,
                line=site.line,
                edge="dispatch",
                library="luigi",
                targets=(run.id if run.is_project else value.cls.id,),
                confidence=0.9,
                evidence="required task",
            )
        )
