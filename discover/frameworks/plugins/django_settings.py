"""What a Django project names by strings in its settings: middleware, and the `ready` of its application configurations.

The strings are dotted paths in a list that several settings modules build up; nothing calls what they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import Surround
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_MIDDLEWARE = ("MIDDLEWARE", "MIDDLEWARE_CLASSES")
_METHODS = ("__call__", "process_request", "process_view", "process_exception", "process_template_response", "process_response")


def register(bench: Workbench) -> None:
    """Find middleware and start-up code."""
    for name in _MIDDLEWARE:
        values = bench.program.setting(name)
        for text in bench.program.constants_of(values):
            if isinstance(text, str) and "." in text:
                _middleware(bench, text)
    for cls in bench.program.subclasses_of("django.apps.AppConfig"):
        ready = bench.program.find_method(cls, "ready")
        if ready is not None and ready.is_project and ready.sites:
            _ready(bench, ready)


def _middleware(bench: Workbench, text: str) -> None:
    for value in bench.program.named(text):
        if isinstance(value, ClassValue) and value.cls.is_project:
            for name in _METHODS:
                method = bench.program.find_method(value.cls, name)
                if method is not None and method.is_project:
                    _around(bench, method)
        else:
            for function in bench.handlers.functions((value,)):
                _around(bench, function)


def _around(bench: Workbench, function: Function) -> None:
    bench.found.surround(Surround(unit=function.id, line=function.record.line, framework="django", evidence="MIDDLEWARE"))


def _ready(bench: Workbench, function: Function) -> None:
    bench.found.surround(Surround(unit=function.id, line=function.record.line, framework="django", evidence="AppConfig.ready"))


