"""Dependencies of FastAPI, FastStream and taskiq: called before the handler, as a parameter's default or type says.

`Depends(f)` stands in a signature, in `Annotated`, or in a list of a route or router: no code calls what it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.records import HookEdge
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_NAMES = frozenset({"Depends", "Security", "TaskiqDepends"})
_WORKERS = frozenset({"faststream", "taskiq"})
"""Frameworks of tasks and consumers that resolve dependencies as FastAPI does for requests."""


def register(bench: Workbench) -> None:
    """Hook each dependency before the function that asks for it, dependencies of dependencies too."""
    entries = bench.found.entry_points.values()
    starts = {e.unit: "fastapi" for e in entries if e.kind in ("http", "websocket")}
    starts.update({e.unit: e.framework for e in entries if e.framework in _WORKERS})
    known = bench.program.functions
    pending = [(known[unit], library) for unit, library in starts.items() if unit in known]
    routes = _of_routes(bench)
    seen: set[Function] = set()
    while pending:
        function, library = pending.pop()
        if function in seen:
            continue
        seen.add(function)
        for order, needed in enumerate([*routes.get(function, ()), *_asked(bench, function)], 1):
            bench.found.hook(
                HookEdge(
                    unit=function.id,
                    number=None,
                    line=function.record.line,
                    target=needed.id,
                    order=order,
                    library=library,
                    moment="before",
                    confidence=0.95,
                    evidence="dependency",
                )
            )
            pending.append((needed, library))


def _asked(bench: Workbench, function: Function) -> list[Function]:
    found: dict[Function, None] = {}
    scope: Scope = function.owner or function.outer or function.module.body
    for parameter in function.record.parameters:
        for expression, annotation in ((parameter.default, None), (parameter.annotation, parameter.annotation)):
            found.update(dict.fromkeys(_in(bench, expression, annotation, scope)))
    return list(found)


def _in(bench: Workbench, expression: ir.Expr | None, annotation: ir.Expr | None, scope: Scope) -> list[Function]:
    """The dependencies inside a default, or inside `Annotated[T, Depends(f)]`, also behind a type alias."""
    if isinstance(expression, ir.Call) and ending(expression.function) in _NAMES:
        named = expression.arguments[0] if expression.arguments else None
        named = next((k.value for k in expression.keywords if k.name == "dependency"), named)
        if named is None:
            return []
        return _callables(bench, named, scope)
    if isinstance(expression, ir.Subscript) and ending(expression.value) == "Annotated":
        items = expression.index.items if isinstance(expression.index, ir.Sequence) else []
        return [f for item in items[1:] for f in _in(bench, item, None, scope)]
    if isinstance(expression, ir.Name) and annotation is expression:
        assigned = bench.contexts.assignments(scope.module.body).get(expression.id, [])
        return [f for value in assigned for f in _in(bench, value, None, scope.module.body)]
    return []


def _callables(bench: Workbench, named: ir.Expr, scope: Scope) -> list[Function]:
    values = bench.program.values_of(scope, named)
    found = bench.handlers.functions(values, scope.module)
    for cls in bench.handlers.classes(values):
        for name in ("__init__", "__call__"):
            method = bench.program.find_method(cls, name)
            if method is not None and method.is_project and method not in found:
                found.append(method)
    return found


def _of_routes(bench: Workbench) -> dict[Function, list[Function]]:
    """`dependencies=[Depends(f)]` of a route's decorator."""
    found: dict[Function, list[Function]] = {}
    for decoration, _ in bench.index.decorations("fastapi.routing.Routing.*"):
        if decoration.call is None or not isinstance(decoration.definition, Function):
            continue
        for keyword in decoration.call.keywords:
            if keyword.name == "dependencies" and isinstance(keyword.value, ir.Sequence):
                needed = [f for item in keyword.value.items for f in _in(bench, item, None, decoration.scope)]
                found.setdefault(decoration.definition, []).extend(needed)
    return found
