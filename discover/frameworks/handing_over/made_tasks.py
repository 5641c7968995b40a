"""Tasks that are classes: the project's own decorator makes each anew, with methods that send it.

After `type(cls.__name__, (*cls.__bases__, Sendable), …)`, where a method of `Sendable` publishes or stores which class
is meant, `Report.delay(1)` hands over to `Report.run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.facts import records as ir
from discover.frameworks.handing_over.attached import OWN_QUEUE
from discover.frameworks.handing_over.keeping import Keeping
from discover.frameworks.handing_over.stored_work import add_task
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.records import Dispatch, called_at
from discover.resolve.values import ClassValue, FunctionValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Value

_RUNS = ("run", "__call__", "perform", "execute", "handle")
"""What a worker calls on an object of a task's class, in the order in which it is looked for."""
_CONFIDENCE = 0.85
_ALL = spec.Arguments(start=0)


def learn_made_tasks(bench: Workbench) -> None:
    """Find the classes that a decorator makes to be sent, and who sends them."""
    mixed_in = bench.program.engine.hierarchy.mixed_in
    if not mixed_in:
        return
    keeping = Keeping(bench)
    for base, classes in mixed_in.items():
        runs = {cls: run for cls in classes if (run := _run_of(bench, cls, base)) is not None}
        sending = {
            method
            for method in base.methods()
            if keeping.use(bench.program.engine.intern.function(method), frozenset(runs)) == "kept"
        }
        if sending and runs:
            _note(bench, base, runs, sending)


def _run_of(bench: Workbench, cls: Class, base: Class) -> Function | None:
    """The method that does a task's work; the decorator's own ones send it."""
    for name in _RUNS:
        method = bench.program.find_method(cls, name)
        if method is not None and method.is_project and method.owner is not base:
            return method
    return None


def _note(bench: Workbench, base: Class, runs: dict[Class, Function], sending: set[Function]) -> None:
    for cls, run in runs.items():
        evidence = f"made to be sent by its decorator, {cls.module.path}:{cls.record.line}"
        add_task(bench, run, framework=OWN_QUEUE, confidence=_CONFIDENCE, evidence=evidence, made=cls)
    for method in sorted(sending, key=lambda one: one.id):
        for site in bench.contexts.callers(method):
            if site.function.owner is not base:
                _hand_over(bench, site, method, runs)


def _hand_over(bench: Workbench, site: CallSite, method: Function, runs: dict[Class, Function]) -> None:
    called = site.call.function
    # What a decorator puts on functions too is bound to the class that it makes, and not to the one that it is put on.
    before = bench.program.values_of(site.function, called.value) if isinstance(called, ir.Attribute) else site.callee
    meant = _classes([one.receiver if isinstance(one, FunctionValue) else one for one in before], runs)
    targets = tuple(dict.fromkeys(runs[cls].id for cls in meant))
    if targets:
        bench.found.dispatch(
            Dispatch(
                **called_at(site),
                edge="dispatch",
                library=OWN_QUEUE,
                targets=targets,
                arguments=travelling(_ALL, site.call),
                is_picked=len(targets) > 1,
                confidence=_CONFIDENCE if len(targets) == 1 else 0.7,
                evidence=method.id,
            )
        )


def _classes(receivers: Iterable[Value | None], runs: dict[Class, Function]) -> list[Class]:
    """The tasks that are sent; where only a class above them is known, all below it."""
    known = [one.cls for one in receivers if isinstance(one, ClassValue | InstanceValue)]
    below = sorted({cls for one in known for cls in one.subclasses}, key=lambda one: one.id)
    return [cls for cls in known if cls in runs] or [cls for cls in below if cls in runs]
