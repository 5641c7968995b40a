"""Values to the project units that a framework would run: functions, tasks, methods of view classes, dotted strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.rules.template_methods import worker_of
from discover.resolve.symbols import Class, Function
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Values,
)

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Module

_DEPTH = 5
HTTP_METHODS = ("get", "post", "put", "patch", "delete", "query", "head", "options", "trace")
VIEW_METHODS = tuple(name for name in HTTP_METHODS if name != "query")
"""What a class of Django's or Tornado's answers: a method named `query` is one of its own there."""
_SILENT = frozenset({"head", "options", "trace"})


class Handler:
    """A unit that runs: a function, or a class whose method the framework itself defines."""

    __slots__ = ("around", "cls", "confidence", "function", "methods")

    def __init__(
        self, function: Function | None, cls: Class | None, methods: tuple[str, ...] = (), confidence: float = 1.0
    ) -> None:
        self.function = function
        self.cls = cls
        self.methods = methods
        self.confidence = confidence
        self.around: tuple[Function, ...] = ()
        """Wrappers of the project's that are registered in its place, the outermost first."""

    @property
    def unit(self) -> str:
        """The unit's id; empty where a library answers by itself."""
        definition = self.function or self.cls
        return definition.id if definition is not None else ""

    @property
    def line(self) -> int:
        """The line where the unit begins."""
        definition = self.function or self.cls
        return definition.record.line if definition is not None else 0


class Handlers:
    """Finds handlers."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._behind: dict[tuple[InstanceValue, Module | None, int], list[Function]] = {}

    def functions(self, values: Values, near: Module | None = None, depth: int = _DEPTH) -> list[Function]:
        """The project functions behind the values: tasks and partials opened, dotted strings followed."""
        found: dict[Function, None] = {}
        if depth == 0:
            return []
        for value in values:
            if isinstance(value, FunctionValue):
                if value.function.is_project:
                    found[value.function] = None
                elif isinstance(value.receiver, InstanceValue):
                    found.update(dict.fromkeys(self._bound(value.receiver, near, depth)))
            elif isinstance(value, PartialValue):
                found.update(dict.fromkeys(self.functions(value.functions, near, depth - 1)))
            elif isinstance(value, InstanceValue):
                found.update(dict.fromkeys(self._of_instance(value, near, depth)))
            elif isinstance(value, ConstantValue) and isinstance(value.value, str) and _dotted(value.value):
                named = self.program.named(value.value.replace(":", "."), near)
                found.update(dict.fromkeys(self.functions(named, near, depth - 1)))
            elif isinstance(value, ClassValue) and value.cls.is_project:
                found.update(dict.fromkeys(self.program.functions_of((value,))))
        return list(found)

    def _bound(self, receiver: InstanceValue, near: Module | None, depth: int) -> list[Function]:
        """A library's bound method, such as `task.delay`: the function that its receiver stands for."""
        return self._of_instance(receiver, near, depth) if receiver.bindings else []

    def _of_instance(self, value: InstanceValue, near: Module | None, depth: int) -> list[Function]:
        key = (value, near, depth)
        found = self._behind.get(key)
        if found is None:
            found = self._behind[key] = self._behind_instance(value, near, depth)
        return found

    def _behind_instance(self, value: InstanceValue, near: Module | None, depth: int) -> list[Function]:
        found: dict[Function, None] = {}
        called = self.program.functions_of((value,))
        if called and value.cls.is_project:
            return list(dict.fromkeys(worker_of(self.program, value.cls, function) for function in called))
        if called:
            objects = tuple(v for _, bound in value.bindings for v in bound if isinstance(v, InstanceValue))
            return self.functions(objects, near, depth - 1) or called
        for _, bound in value.bindings:
            functions = tuple(v for v in bound if isinstance(v, FunctionValue | InstanceValue | PartialValue))
            found.update(dict.fromkeys(self.functions(functions, near, depth - 1)))
        for name in ("run", "handle") if not found else ():
            method = self.program.find_method(value.cls, name)
            if method is not None and method.is_project:
                found[method] = None
        return list(found)

    def classes(self, values: Values) -> list[Class]:
        """Project classes behind the values: the class itself, or the one whose `as_view()` it is."""
        found: dict[Class, None] = {}
        for value in values:
            if isinstance(value, ClassValue) and value.cls.is_project:
                found[self.program.behind(value.cls)] = None
            elif isinstance(value, InstanceValue):
                if value.cls.is_project:
                    found[value.cls] = None
                for name, bound in value.bindings:
                    if name == "V":
                        found.update(dict.fromkeys(self.classes(bound)))
        return list(found)

    def wrappers(self, values: Values) -> list[Function]:
        """What is registered of the project's: functions that another one made, and what calling an object runs."""
        found: list[Function] = []
        for value in values:
            if isinstance(value, FunctionValue) and value.function.is_project:
                found += [value.function] if is_nested(value.function) else []
            elif isinstance(value, InstanceValue) and value.cls.is_project:
                called = self.program.find_method(value.cls, "__call__")
                found += [called] if called is not None and called.is_project else []
        return found

    def methods(self, cls: Class, names: list[str]) -> list[Handler]:
        """One handler per method of a class that is entered; those that the framework defines come as the class."""
        found: dict[Function, list[str]] = {}
        own_by_framework: list[str] = []
        for name in names:
            method = self.program.find_method(cls, name)
            if method is None:
                continue
            if method.is_project:
                found.setdefault(method, []).append(name)
            elif name not in _SILENT and name != "dispatch_request":
                own_by_framework.append(name)
        views = "get" in names
        if not found and not own_by_framework:
            called = self._called(cls) if views else []
            is_open = views or not any(name.startswith("on_") for name in names)
            return called or (self._caught(cls) if is_open else [])
        handlers = [Handler(function, cls, tuple(methods)) for function, methods in found.items()]
        if len(handlers) > 1:
            handlers = [h for h in handlers if h.methods != ("dispatch_request",)]
        if own_by_framework:
            handlers.append(Handler(None, cls, tuple(own_by_framework)))
        elif (
            views
            and any(level.is_opaque for level in cls.mro)
            and not {"get", "post"} & {m for h in handlers for m in h.methods}
        ):
            handlers.append(Handler(None, cls, (), 0.7))
        return handlers

    def _called(self, cls: Class) -> list[Handler]:
        """A class whose objects are views, as a library's base class has it."""
        method = self.program.find_method(cls, "__call__")
        return [Handler(None, cls, ("get",))] if method is not None and not method.is_project else []

    def _caught(self, cls: Class) -> list[Handler]:
        """A class without a method of the given names: it answers everything itself, or an unknown base does."""
        unknown = any(level.is_opaque for level in cls.mro)
        for name in ("dispatch", "dispatch_request", "__call__"):
            method = self.program.find_method(cls, name)
            if method is not None and method.is_project and (method.owner is cls or not unknown):
                return [Handler(method, cls)]
        return [Handler(None, cls, (), 0.7)] if unknown else []

    def find(self, values: Values, methods: list[str], near: Module | None = None) -> list[Handler]:
        """The handlers behind the values; of classes the given methods."""
        found: list[Handler] = []
        classes = self.classes(values)
        for cls in classes:
            found += self.methods(cls, methods)
        if not found:
            rest = tuple(v for v in values if not (classes and isinstance(v, ClassValue | ContainerValue)))
            found = [Handler(function, function.owner) for function in self.functions(rest, near)]
        return found


def is_nested(function: Function) -> bool:
    """Whether another function makes it each time that it runs."""
    return isinstance(function.outer, Function) and function.outer is not function.module.body


def _dotted(text: str) -> bool:
    return ("." in text or ":" in text) and text.replace(".", "").replace(":", "").replace("_", "").isalnum()


__all__ = ["HTTP_METHODS", "NOTHING", "VIEW_METHODS", "Handler", "Handlers", "is_nested"]
