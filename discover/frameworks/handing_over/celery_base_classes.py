"""The class that Celery makes a project's tasks of: a task's own (`base=`), or its application's.

An application says its class where it is made (`Celery(task_cls=…)`, `app.Task = …`), which may be another file than
its tasks'; and `@shared_task` names no application at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import HookEdge, called_at
from discover.resolve.symbols import Function
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.facts import records as ir
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Scope
    from discover.resolve.values import Value

DECORATORS = ["celery.shared_task", "celery.Celery.task", "celery.task.task"]
ATTEMPTS = 4
DELAY = 180.0
"""Celery's own number of tries, and the seconds between them."""
_TASK = "celery.app.task.Task"
_APP = "celery.Celery"
_SENDING = ("delay", "apply_async")
_CONFIDENCE = 0.9


class TaskClasses:
    """Reads the classes once, of all tasks."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._applications = _Applications(bench)
        self.of = self._read()
        """Each task with the class that its object is of, where that is the project's."""

    def below(self, cls: Class | None) -> list[Function]:
        """The tasks whose object is of this class, or of one below it: what its methods try again."""
        return [function for function, own in self.of.items() if cls in own.mro]

    def _read(self) -> dict[Function, Class]:
        bench = self._bench
        found: dict[Function, Class] = {}
        for decoration, receiver in bench.index.decorations(DECORATORS):
            function = decoration.definition
            if isinstance(function, Function):
                self._note(found, function, receiver, decoration.scope, decoration.call)
        for match in bench.index.calls(DECORATORS):
            # `app.task(base=Own)(function)`, without an `@`
            applied = bench.call_of_result(match.site) if not bench.is_decorator(match.site) else None
            receiver = match.receivers[0] if match.receivers else None
            for values in applied.arguments[:1] if applied is not None else ():
                for function in bench.handlers.functions(values):
                    self._note(found, function, receiver, match.site.function, match.site.call)
        for cls in bench.program.subclasses_of(_TASK):
            run = bench.program.find_method(cls, "run")
            if run is not None and run.is_project:
                found.setdefault(run, cls)
        return found

    def _note(
        self,
        found: dict[Function, Class],
        function: Function,
        application: Value | None,
        scope: Scope,
        call: ir.Call | None,
    ) -> None:
        """Note the class of a task that the call makes: the call's own, or else the application's."""
        given = _given(self._bench, scope, call)
        for cls in self._applications.classes(application) if given is None else given:
            found.setdefault(function, cls)

    def lead_through_own_sending(self) -> None:
        """Lead a task's `delay` and `apply_async` to those of its class, which code alone doesn't name."""
        if not self.of:
            return
        bench = self._bench
        for name in _SENDING:
            for match in bench.index.calls(f"{_TASK}.{name}"):
                site = match.site
                functions = bench.handlers.functions(match.receivers)
                classes = dict.fromkeys(self.of[function] for function in functions if function in self.of)
                reached = {target.function for target in site.targets}
                for method in dict.fromkeys(m for cls in classes for m in _own_sending(bench, cls, name)):
                    if method not in reached and method is not site.function:
                        bench.found.hook(
                            HookEdge(
                                **called_at(site),
                                target=method.id,
                                order=0,
                                library="celery",
                                confidence=_CONFIDENCE,
                                evidence=f"{match.path} of the task's class",
                            )
                        )


def _own_sending(bench: Workbench, cls: Class, name: str) -> Iterator[Function]:
    """The project's method that runs first: `delay` calls `apply_async`."""
    for one in _SENDING[_SENDING.index(name) :]:
        method = bench.program.find_method(cls, one)
        if method is not None and method.is_project:
            yield method
            return


def _given(bench: Workbench, scope: Scope, call: ir.Call | None) -> list[Class] | None:
    """The classes of `base=`; None where the call has no such option."""
    base = next((keyword.value for keyword in call.keywords if keyword.name == "base"), None) if call else None
    return bench.handlers.classes(bench.program.values_of(scope, base)) if base is not None else None


class _Applications:
    """The applications of the project, each with the class that it makes tasks of."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._by_call: dict[tuple[str, int], list[Class]] = {}
        for match in bench.index.calls(_APP):
            given = next((k.value for k in match.site.call.keywords if k.name == "task_cls"), None)
            key = (match.site.function.module.path, match.site.call.number)
            self._by_call[key] = self._named(match.site.function, given) if given is not None else []
        self._set = list(dict.fromkeys(self._assigned()))
        self.are_named = bool(self._set) or any(self._by_call.values())

    def classes(self, application: Value | None) -> list[Class]:
        """The class of an application's tasks; of one that is not told, what all of the project's say."""
        if not self.are_named:
            return []
        made = self._bench.picker.creations.made(application) if isinstance(application, InstanceValue) else []
        known = [self._by_call.get((scope.module.path, call.number), []) for scope, call in made]
        each = known or list(self._by_call.values())
        if each and each[0] and all(one == each[0] for one in each):
            return each[0]
        return self._set if len(each) <= 1 else []

    def _named(self, function: Function, expression: ir.Expr) -> list[Class]:
        values = self._bench.program.values_of(function, expression)
        classes = self._bench.handlers.classes(values)
        texts = [text.replace(":", ".") for text in self._bench.program.texts_of(values)]
        return classes or [c for text in texts for c in self._bench.handlers.classes(self._bench.program.named(text))]

    def _assigned(self) -> Iterator[Class]:
        """`app.Task = OwnTask`, wherever that stands."""
        for function in self._bench.program.all_functions:
            for attribute, value in self._bench.contexts.attributes_set(function, {"Task"}):
                holders = self._bench.program.values_of(function, attribute.value)
                if any(isinstance(v, InstanceValue) and self._bench.program.is_below(v.cls, _APP) for v in holders):
                    yield from self._named(function, value)
