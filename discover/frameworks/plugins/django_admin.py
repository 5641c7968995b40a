"""Django's admin: actions named in a class attribute, as functions or as strings, and the hooks of its own views.

The attribute may be a list, a tuple or a sum of them, and its strings name methods; no call registers them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, FunctionValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

_ADMIN = "django.contrib.admin.options.ModelAdmin"
_HOOKS = (
    "save_model",
    "delete_model",
    "delete_queryset",
    "save_formset",
    "save_related",
    "response_add",
    "response_change",
)


def register(bench: Workbench) -> None:
    """Find the actions and the overridden steps of every model's admin."""
    for cls in bench.program.subclasses_of(_ADMIN):
        for function in _actions(bench, cls):
            _emit(bench, cls, function, "action")
        for name in _HOOKS:
            method = bench.program.find_method(cls, name)
            if method is not None and method.is_project:
                _emit(bench, cls, method, name)
    for decoration, _ in bench.index.decorations("django.contrib.admin.action"):
        if isinstance(decoration.definition, Function):
            _emit(bench, decoration.definition.owner, decoration.definition, "action")


def _actions(bench: Workbench, cls: Class) -> list[Function]:
    found: dict[Function, None] = {}
    for value in bench.program.class_attribute(cls, "actions"):
        for item in bench.contexts.split((value,)):
            for one in item:
                if isinstance(one, FunctionValue) and one.function.is_project:
                    found[one.function] = None
                elif isinstance(one, ConstantValue) and isinstance(one.value, str):
                    method = bench.program.find_method(cls, one.value)
                    if method is not None and method.is_project:
                        found[method] = None
    return list(found)


def _emit(bench: Workbench, cls: Class | None, function: Function, what: str) -> None:
    name = f"{cls.record.name}.{function.record.name}" if cls is not None else function.record.name
    bench.found.entry(
        EntryPoint(
            id="",
            kind="hook",
            framework="django admin",
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(name=name),
            confidence=0.9,
            evidence=f"admin {what} {function.module.path}:{function.record.line}",
        )
    )
