"""Dependencies of FastAPI, FastStream and taskiq: called before the handler, as a parameter's default or type says.

`Depends(f)` stands in a signature, in `Annotated`, or in a list of a route, a router or an application: no code calls
what it names. What a router asks for is called before all routes that it holds, the outermost first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.records import HookEdge
from discover.frameworks.routing.routers import call_key, site_keys
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, ModuleValue, library_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope
    from discover.resolve.values import Values

_NAMES = frozenset({"Depends", "Security", "TaskiqDepends"})
_WORKERS = frozenset({"faststream", "taskiq"})
"""Frameworks of tasks and consumers that resolve dependencies as FastAPI does for requests."""
_APPLICATION = "fastapi.applications.FastAPI"
_ROUTER = "fastapi.routing.APIRouter"
_INCLUDE = "fastapi.routing.Routing.include_router"
_ADD = ["fastapi.routing.Routing.add_api_route", "fastapi.routing.Routing.add_api_websocket_route"]
_LISTED = Pick(keyword="dependencies")
_DEPTH = 8
"""So many names stand for one another, and so many routers hang one under the other."""


def register(bench: Workbench) -> None:
    """Hook each dependency before the function that asks for it, dependencies of dependencies too."""
    entries = bench.found.entry_points.values()
    starts = {e.unit: "fastapi" for e in entries if e.kind in ("http", "websocket")}
    starts.update({e.unit: e.framework for e in entries if e.framework in _WORKERS})
    known = bench.program.functions
    pending = [(known[unit], library) for unit, library in starts.items() if unit in known]
    reading = _Reading(bench)
    routes = _Routes(bench, reading).found
    seen: set[Function] = set()
    while pending:
        function, library = pending.pop()
        if function in seen:
            continue
        seen.add(function)
        needed = dict.fromkeys([*routes.get(function, ()), *reading.asked(function)])
        for order, one in enumerate(needed, 1):
            bench.found.hook(
                HookEdge(
                    unit=function.id,
                    number=None,
                    line=function.record.line,
                    target=one.id,
                    order=order,
                    library=library,
                    moment="before",
                    confidence=0.95,
                    evidence="dependency",
                )
            )
            pending.append((one, library))


class _Reading:
    """Finds the dependencies in expressions."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench

    def asked(self, function: Function) -> list[Function]:
        """What a function's own parameters ask for."""
        found: list[Function] = []
        scope: Scope = function.owner or function.outer or function.module.body
        for parameter in function.record.parameters:
            found += self.within(parameter.default, scope, parameter.annotation)
            found += self.within(parameter.annotation, scope)
        return found

    def within(
        self, expression: ir.Expr | None, scope: Scope, kind: ir.Expr | None = None, depth: int = _DEPTH
    ) -> list[Function]:
        """The dependencies in a default, in `Annotated[T, Depends(f)]` or in a list of them, also by a name for it.

        Args:
            expression: Where they stand.
            scope: Where the expression stands.
            kind: The type beside it, which is the dependency where `Depends()` names none.
            depth: How many names are followed from here.
        """
        if depth == 0:
            return []
        if isinstance(expression, ir.Call):
            return self._called(expression, scope, kind)
        if isinstance(expression, ir.Subscript) and ending(expression.value) == "Annotated":
            first, *others = expression.index.items if isinstance(expression.index, ir.Sequence) else [None]
            return [f for item in others for f in self.within(item, scope, first, depth - 1)]
        if isinstance(expression, ir.Sequence):
            return [f for item in expression.items for f in self.within(item, scope, None, depth - 1)]
        if isinstance(expression, ir.Name | ir.Attribute):
            meant = self._meant(expression, scope)
            return [f for value, there in meant for f in self.within(value, there, kind, depth - 1)]
        return []

    def _meant(self, expression: ir.Name | ir.Attribute, scope: Scope) -> Iterator[tuple[ir.Expr, Scope]]:
        """What a global name is bound to, with where that stands."""
        names = self.bench.program.engine.names
        if isinstance(expression, ir.Name):
            module, name = names.home(scope, expression.id)
            homes = [(module or scope.module, name)]
        else:
            base = self.bench.program.values_of(scope, expression.value)
            modules = [value.module for value in base if isinstance(value, ModuleValue)]
            homes = [
                (home or module, name)
                for module in modules
                for home, name in [names.home(module.body, expression.name)]
            ]
        for module, name in homes:
            if module.is_project:
                assigned = self.bench.contexts.assignments(module.body).get(name, [])
                yield from ((value, module.body) for value in assigned)

    def _called(self, call: ir.Call, scope: Scope, kind: ir.Expr | None) -> list[Function]:
        if not self._is_dependency(call, scope):
            return []
        given = next((k.value for k in call.keywords if k.name == "dependency"), None)
        named = call.arguments[0] if call.arguments else given
        return self._callables(named or kind, scope)

    def _is_dependency(self, call: ir.Call, scope: Scope) -> bool:
        """Whether a call is `Depends(…)`, under whatever name it was imported."""
        if ending(call.function) in _NAMES:
            return True
        paths = [library_path(value) for value in self.bench.program.values_of(scope, call.function)]
        return any(path.rpartition(".")[2] in _NAMES for path in paths)

    def _callables(self, named: ir.Expr | None, scope: Scope) -> list[Function]:
        values = self.bench.program.values_of(scope, named) if named is not None else NOTHING
        others = tuple(value for value in values if not isinstance(value, ClassValue))
        found = self.bench.handlers.functions(others, scope.module)
        for cls in [value.cls for value in values if isinstance(value, ClassValue)]:
            method = self.bench.program.find_method(cls, "__init__")
            if method is not None and method.is_project:
                found.append(method)
        return found


class _Routes:
    """What routes, and the routers and applications that hold them, ask for in `dependencies=[…]`."""

    def __init__(self, bench: Workbench, reading: _Reading) -> None:
        self.bench = bench
        self.reading = reading
        self.found: dict[Function, list[Function]] = {}
        self._routers: dict[str, list[Function]] = {}
        self._applications: set[str] = set()
        for match in bench.index.calls([_APPLICATION, _ROUTER, _INCLUDE]):
            given = Given(match.site.call, match.site.function)
            keys = [call_key(match.site)]
            if match.path == _APPLICATION:
                self._applications.update(keys)
            elif match.path == _INCLUDE:
                keys = bench.routers.keys_of(bench.picker.values(Pick(argument=0, keyword="router"), given))
            for key in keys:
                self._routers.setdefault(key, []).extend(self._listed(given.call, given.scope))
        for decoration, receiver in bench.index.decorations("fastapi.routing.Routing.*"):
            if isinstance(decoration.definition, Function):
                receivers = (receiver,) if receiver is not None else ()
                self._note(decoration.definition, receivers, decoration.call, decoration.scope)
        for match in bench.index.calls(_ADD):
            given = Given(match.site.call, match.site.function)
            endpoints = bench.picker.values(Pick(argument=1, keyword="endpoint"), given)
            for function in bench.handlers.functions(endpoints, match.site.function.module):
                self._note(function, match.receivers, given.call, given.scope)

    def _note(self, function: Function, receivers: Values, call: ir.Call | None, scope: Scope) -> None:
        needed = self.found.setdefault(function, [])
        for key in site_keys(receivers):
            needed += self._above(key, _DEPTH)
        needed += self._listed(call, scope)

    def _above(self, key: str, depth: int) -> list[Function]:
        """What a router asks for, behind what those ask for that it hangs under; an application stands alone."""
        own = self._routers.get(key, [])
        if key in self._applications or depth == 0:
            return own
        return [f for parent in self.bench.routers.parents(key) for f in self._above(parent, depth - 1)] + own

    def _listed(self, call: ir.Call | None, scope: Scope) -> list[Function]:
        return self.reading.within(self.bench.picker.expression(_LISTED, call), scope)
