"""The middleware that a Django project names by strings in its settings.

The strings are dotted paths in a list that several settings modules build up; nothing calls what they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.records import EntryPoint, HookEdge
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value

_MIDDLEWARE = ("MIDDLEWARE", "MIDDLEWARE_CLASSES")
_FRAMEWORKS = ("django", "rest_framework")
_CALLED = ("process_request", "process_view", "process_template_response", "process_response", "process_exception")
"""Methods of a middleware's class that Django, or its `MiddlewareMixin`, calls around each request."""


def register(bench: Workbench) -> None:
    """Record the methods of middleware that the framework calls beside, or instead of, its `__call__`."""
    for text in _in_order(bench):
        for method in (one for value in bench.program.named(text) for one in _methods(bench, value)):
            bench.found.entry(
                EntryPoint(
                    id="",
                    kind="hook",
                    framework="django",
                    unit=method.id,
                    line=method.record.line,
                    detail=TriggerDetail(name=method.record.name),
                    confidence=0.9,
                    evidence="MIDDLEWARE",
                )
            )


def _methods(bench: Workbench, value: Value) -> Iterator[Function]:
    if isinstance(value, ClassValue) and value.cls.is_project:
        for name in _CALLED:
            method = bench.program.find_method(value.cls, name)
            if method is not None and method.is_project:
                yield method


def connect(bench: Workbench) -> None:
    """Each middleware leads to the next one of the project, the last one to every view."""
    chain: dict[Function, None] = {}
    for text in _in_order(bench):
        for value in bench.program.named(text):
            chain.update(dict.fromkeys(_callers(bench, value)))
    order = list(chain)
    for number, function in enumerate(order):
        following = order[number + 1 : number + 2]
        for target in [following[0].id] if following else _views(bench):
            _leads(bench, function, target)


def _in_order(bench: Workbench) -> list[str]:
    """The paths as the settings' list shows them, after those that other statements put in."""
    shown: dict[str, None] = {}
    for module in bench.program.modules.values():
        for name in _MIDDLEWARE:
            for expression in (
                bench.contexts.assignments(module.body).get(name, []) if name in module.body.names else ()
            ):
                if isinstance(expression, ir.Sequence):
                    shown.update((str(item.value), None) for item in expression.items if isinstance(item, ir.Constant))
    known = [text for name in _MIDDLEWARE for text in bench.program.constants_of(bench.program.setting(name))]
    added = [text for text in known if isinstance(text, str) and text not in shown]
    return [text for text in [*added, *shown] if "." in text]


def _callers(bench: Workbench, value: Value) -> list[Function]:
    """What of a middleware calls the rest: its `__call__`, or the function that a factory returns."""
    if isinstance(value, ClassValue):
        method = bench.program.find_method(value.cls, "__call__") if value.cls.is_project else None
        return [method] if method is not None and method.is_project else []
    inner = [v for v in (f.returns.values for f in bench.handlers.functions((value,))) for v in v]
    return [v.function for v in inner if isinstance(v, FunctionValue) and v.function.is_project]


def _views(bench: Workbench) -> list[str]:
    """Every routed unit, and what frameworks run on behalf of a routed class."""
    units = {e.unit: None for e in bench.found.entry_points.values() if e.kind == "http" and e.framework in _FRAMEWORKS}
    hooked = {h.target: None for h in bench.found.hooks.values() if h.number is None and h.unit in units}
    wrappers: dict[str, None] = {}
    for unit in units:
        function = bench.program.functions.get(unit)
        for wrapper in function.wrappers if function is not None else ():
            wrappers[wrapper.id] = None
    return sorted(unit for unit in {**units, **hooked, **wrappers} if unit in bench.program.functions)


def _leads(bench: Workbench, function: Function, target: str) -> None:
    bench.found.hook(
        HookEdge(
            unit=function.id,
            number=None,
            line=function.record.line,
            target=target,
            order=0,
            library="django",
            moment="entry",
            confidence=0.6,
            evidence="MIDDLEWARE",
        )
    )
