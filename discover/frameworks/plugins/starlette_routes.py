"""Starlette's routes as objects in nested lists: `Mount("/a", routes=[Route("/b", endpoint)])`.

A route's path is the sum of the mounts that its list stands in, and the lists are handed to an application, a router
or another mount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.handlers import HTTP_METHODS
from discover.frameworks.picks import Given
from discover.frameworks.records import EntryPoint
from discover.frameworks.routers import site_keys
from discover.model import TriggerDetail, TriggerKind

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Values

_HOLDERS = ["starlette.applications.Starlette", "starlette.routing.Router", "fastapi.applications.FastAPI"]
_ROUTES: dict[str, TriggerKind] = {"starlette.routing.Route": "http", "starlette.routing.WebSocketRoute": "websocket"}
_DEPTH = 8


def register(bench: Workbench) -> None:
    """Find the routes of every application and router, then those of lists that nothing here holds."""
    done: set[str] = set()
    for match in bench.index.calls(_HOLDERS):
        key = f"{match.site.function.module.path}#{match.site.call.number}"
        values = bench.picker.values(Pick(argument=1, keyword="routes"), Given(match.site.call, match.site.function))
        for prefix in bench.routers.prefixes(key):
            _list(bench, values, prefix, done, _DEPTH)
    for path in _ROUTES:
        for match in bench.index.calls(path):
            key = f"{match.site.function.module.path}#{match.site.call.number}"
            if key not in done:
                _route(bench, match.site.function, match.site.call, path, "", done)


def _list(bench: Workbench, values: Values, prefix: str, done: set[str], depth: int) -> None:
    if depth == 0:
        return
    for item in bench.contexts.split(values):
        for value in item:
            cls = getattr(value, "cls", None)
            path = cls.path if cls is not None else ""
            for scope, call in bench.picker.made(value) if cls is not None else ():  # type: ignore[arg-type]
                if path in _ROUTES:
                    _route(bench, scope, call, path, prefix, done)
                elif path == "starlette.routing.Mount":
                    _mount(bench, scope, call, prefix, done, depth)


def _mount(bench: Workbench, scope: Scope, call: ir.Call, prefix: str, done: set[str], depth: int) -> None:
    given = Given(call, scope)
    own = next(iter(bench.picker.texts(Pick(argument=0, keyword="path"), given)), "")
    _list(bench, bench.picker.values(Pick(argument=2, keyword="routes"), given), prefix + own, done, depth - 1)
    for key in site_keys(bench.picker.values(Pick(argument=1, keyword="app"), given)):
        path, _, number = key.rpartition("#")
        module = bench.program.by_path.get(path)
        site = module.body.sites.get(int(number)) if module is not None else None
        if site is not None:
            inner = bench.picker.values(Pick(argument=1, keyword="routes"), Given(site.call, site.function))
            inner = inner or bench.picker.values(Pick(argument=0, keyword="routes"), Given(site.call, site.function))
            _list(bench, inner, prefix + own, done, depth - 1)


def _route(bench: Workbench, scope: Scope, call: ir.Call, kind: str, prefix: str, done: set[str]) -> None:
    done.add(f"{scope.module.path}#{call.number}")
    given = Given(call, scope)
    values = bench.picker.values(Pick(argument=1, keyword="endpoint"), given)
    methods = tuple(text.upper() for text in bench.picker.texts(Pick(argument=2, keyword="methods"), given))
    for path in bench.picker.texts(Pick(argument=0, keyword="path"), given):
        for handler in bench.handlers.find(values, [*HTTP_METHODS, "on_receive", "on_connect"], scope.module):
            own = tuple(m.upper() for m in handler.methods if m in HTTP_METHODS)
            detail = TriggerDetail(
                path=prefix + path, methods=own or (methods or ("GET",) if _ROUTES[kind] == "http" else ())
            )
            _emit(bench, handler.unit, handler.line, _ROUTES[kind], detail, f"{scope.module.path}:{call.line}")


def _emit(bench: Workbench, unit: str, line: int, kind: TriggerKind, detail: TriggerDetail, evidence: str) -> None:
    entry = EntryPoint(id="", kind=kind, framework="starlette", unit=unit, line=line, detail=detail, evidence=evidence)
    bench.found.entry(entry)
