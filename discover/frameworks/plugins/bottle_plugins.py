"""Bottle's plugins: `install(plugin)` wraps each route in what the plugin makes of it.

What runs around a request is neither the object that is given nor its `apply`, but the function that this gives back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, FunctionValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value

_INSTALL = ["bottle.install", "bottle.Bottle.install"]
_PLUGIN = Pick(argument=0, keyword="plugin")


def register(bench: Workbench) -> None:
    """Record the functions that installed plugins put around the routes."""
    for match in bench.index.calls(_INSTALL):
        for value in bench.picker.values(_PLUGIN, Given(match.site.call, match.site.function)):
            for function in _wrapping(bench, value):
                bench.found.entry(
                    EntryPoint(
                        id="",
                        kind="hook",
                        framework="bottle",
                        unit=function.id,
                        line=function.record.line,
                        detail=TriggerDetail(name="plugin"),
                        confidence=0.9,
                        evidence=f"plugin {match.site.function.module.path}:{match.site.line}",
                    )
                )


def _wrapping(bench: Workbench, value: Value) -> Iterator[Function]:
    """What a plugin gives back for a route: its inner functions."""
    plugin: Function | None = None
    if isinstance(value, FunctionValue) and value.function.is_project:
        plugin = value.function
    elif isinstance(value, InstanceValue | ClassValue) and value.cls.is_project:
        found = (bench.program.find_method(value.cls, name) for name in ("apply", "__call__"))
        plugin = next((method for method in found if method is not None and method.is_project), None)
    for returned in plugin.returns.values if plugin is not None else ():
        if isinstance(returned, FunctionValue) and returned.function.outer is plugin:
            yield returned.function
