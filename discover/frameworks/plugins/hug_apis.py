"""hug's APIs of several modules: `extend_api("/shop")` puts a prefix before the routes of the modules that it is given.

A module is an API there, without an object that any call would name; what ties routes to it is the file they stand in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import ContainerValue, ModuleValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.values import Values

_EXTEND = "hug.decorators.extend_api"
_CALLED = "hug.api.API.extend"
_ROUTE = Pick(argument=0, keyword="route")
_DEPTH = 6
"""APIs are put into each other so many times; a module may, wrongly, extend itself."""


def register(bench: Workbench) -> None:
    """Put the prefixes of the APIs that a module is part of before its routes."""
    above: dict[str, list[tuple[str, str]]] = {}
    for decoration, _ in bench.index.decorations(_EXTEND):
        definition = decoration.definition
        if decoration.call is None or not isinstance(definition, Function):
            continue
        given = Given(decoration.call, definition.outer or definition.module.body)
        prefix = next(iter(bench.picker.texts(_ROUTE, given)), "")
        for path in _modules(bench, definition.returns.values):
            above.setdefault(path, []).append((definition.module.path, prefix))
    for match in bench.index.calls(_CALLED):
        given = Given(match.site.call, match.site.function)
        prefix = next(iter(bench.picker.texts(Pick(argument=1, keyword="route"), given)), "")
        for path in _modules(bench, bench.picker.values(Pick(argument=0, keyword="api"), given)):
            above.setdefault(path, []).append((match.site.function.module.path, prefix))
    if above:
        _move(bench, above)


def _modules(bench: Workbench, values: Values) -> list[str]:
    """The files of the modules among the values, and in lists of them."""
    inside = bench.program.elements_of(tuple(v for v in values if isinstance(v, ContainerValue)))
    return [v.module.path for v in (*values, *inside) if isinstance(v, ModuleValue) and v.module.is_project]


def _move(bench: Workbench, above: dict[str, list[tuple[str, str]]]) -> None:
    for identity, entry in list(bench.found.entry_points.items()):
        function = bench.program.functions.get(entry.unit)
        if entry.framework != "hug" or entry.kind != "http" or function is None or entry.detail.path is None:
            continue
        prefixes = _prefixes(above, function.module.path, _DEPTH)
        if prefixes and prefixes != [""]:
            del bench.found.entry_points[identity]
            for prefix in prefixes:
                detail = msgspec.structs.replace(entry.detail, path=prefix + entry.detail.path)
                bench.found.entry(msgspec.structs.replace(entry, detail=detail))


def _prefixes(above: dict[str, list[tuple[str, str]]], path: str, depth: int) -> list[str]:
    found: list[str] = []
    for outer, prefix in above.get(path, ()) if depth else ():
        found += [one + prefix for one in _prefixes(above, outer, depth - 1) or [""]]
    return list(dict.fromkeys(found))
