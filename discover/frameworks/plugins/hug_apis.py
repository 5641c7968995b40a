"""hug's APIs of several modules: `extend_api("/shop")` puts a prefix before the routes of the modules that it is given.

A module is an API there, without an object that any call would name; what ties routes to it is the file they stand in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import ContainerValue, InstanceValue, ModuleValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.values import Values

_EXTEND = "hug.decorators.extend_api"
_CALLED = "hug.api.API.extend"
_INTERFACE = "hug.api.HTTPInterfaceAPI"
_BASE = Pick(argument=2, keyword="base_url")
_ROUTE = Pick(argument=0, keyword="route")
_DEPTH = 6
"""APIs are put into each other so many times; a module may, wrongly, extend itself."""


class _Above(NamedTuple):
    """An API that a module's routes are put into: its file, what it puts before them, and a base of its own."""

    file: str
    route: str
    base: str


def register(bench: Workbench) -> None:
    """Put what the APIs that a module is part of say before its routes."""
    above: dict[str, list[_Above]] = {}
    for decoration, _ in bench.index.decorations(_EXTEND):
        definition = decoration.definition
        if decoration.call is None or not isinstance(definition, Function):
            continue
        given = Given(decoration.call, definition.outer or definition.module.body)
        told = _Above(definition.module.path, _text(bench, _ROUTE, given), _text(bench, _BASE, given))
        for path in _modules(bench, definition.returns.values):
            above.setdefault(path, []).append(told)
    for match in bench.index.calls(_CALLED):
        given = Given(match.site.call, match.site.function)
        route = _text(bench, Pick(argument=1, keyword="route"), given)
        told = _Above(match.site.function.module.path, route, _text(bench, _BASE, given))
        for path in _modules(bench, bench.picker.values(Pick(argument=0, keyword="api"), given)):
            above.setdefault(path, []).append(told)
    bases = _bases(bench)
    if above or bases:
        _move(bench, above, bases)


def _text(bench: Workbench, pick: Pick, given: Given) -> str:
    return next(iter(bench.picker.texts(pick, given)), "")


def _bases(bench: Workbench) -> dict[str, str]:
    """By file what its own API puts before all routes: `hug.API(__name__).http.base_url = "/v1"`."""
    found: dict[str, str] = {}
    for function in bench.program.all_functions:
        for target, value in bench.contexts.attributes_set(function, {"base_url"}):
            holders = bench.program.values_of(function, target.value)
            text = bench.program.text_of(bench.program.values_of(function, value))
            if text and any(isinstance(one, InstanceValue) and one.cls.path == _INTERFACE for one in holders):
                found[function.module.path] = text
    return found


def _modules(bench: Workbench, values: Values) -> list[str]:
    """The files of the modules among the values, and in lists of them."""
    inside = bench.program.elements_of(tuple(v for v in values if isinstance(v, ContainerValue)))
    return [v.module.path for v in (*values, *inside) if isinstance(v, ModuleValue) and v.module.is_project]


def _move(bench: Workbench, above: dict[str, list[_Above]], bases: dict[str, str]) -> None:
    for identity, entry in list(bench.found.entry_points.items()):
        function = bench.program.functions.get(entry.unit)
        if entry.framework != "hug" or entry.kind != "http" or function is None or entry.detail.path is None:
            continue
        prefixes = _prefixes(above, bases, function.module.path, _DEPTH)
        if prefixes != [("", "")]:
            del bench.found.entry_points[identity]
            for base, route in prefixes:
                detail = msgspec.structs.replace(entry.detail, path=base + route + entry.detail.path)
                bench.found.entry(msgspec.structs.replace(entry, detail=detail))


def _prefixes(above: dict[str, list[_Above]], bases: dict[str, str], path: str, depth: int) -> list[tuple[str, str]]:
    """The base of the outermost API, and what those within it put before a module's routes."""
    found: list[tuple[str, str]] = []
    for one in above.get(path, ()) if depth else ():
        if one.file in above:
            found += [(base, route + one.route) for base, route in _prefixes(above, bases, one.file, depth - 1)]
        else:
            found.append((one.base or bases.get(one.file, ""), one.route))
    return list(dict.fromkeys(found)) or [(bases.get(path, ""), "")]
