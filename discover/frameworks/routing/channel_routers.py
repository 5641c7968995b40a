"""What the routers of Django Channels add to the paths of the routes below them.

A router stands in another one's route as a call, by the name that it is bound to, or within middleware.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.rules.given import Given
from discover.resolve.values import ModuleValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_ROUTER = "URLRouter"
_DEPTH = 8
"""So many names, calls and routers are opened, one inside the other."""
_Key = tuple[str, int]


def router_prefixes(bench: Workbench, routes: list[str]) -> dict[_Key, str]:
    """What stands before the path of each route, by the route's file and call number."""
    above: dict[_Key, tuple[str, _Key]] = {}
    for site in (match.site for match in bench.index.calls(routes)):
        outer = (site.function.module.path, site.call.number)
        if len(site.call.arguments) < 2:
            continue
        below = site.call.arguments[1]
        for inner in _routes_below(bench, site.function, below, is_list=False, depth=_DEPTH, line=site.line):
            if inner != outer:
                prefix = next(iter(bench.picker.texts(Pick(argument=0), Given(site.call, site.function))), "")
                above.setdefault(inner, (prefix, outer))
    return {key: _whole(above, key) for key in above}


def _whole(above: dict[_Key, tuple[str, _Key]], key: _Key) -> str:
    whole = ""
    for _ in range(_DEPTH):
        if key not in above:
            break
        prefix, key = above[key]
        whole = prefix.removeprefix("^") + whole
    return whole


def _routes_below(
    bench: Workbench, scope: Scope, expression: ir.Expr, *, is_list: bool, depth: int, line: int
) -> Iterator[_Key]:
    """The routes of the routers that an expression holds, or of the list that a router is given."""
    if depth == 0:
        return
    if isinstance(expression, ir.Sequence):
        for item in expression.items if is_list else ():
            if isinstance(item, ir.Call):
                yield scope.module.path, item.number
    elif isinstance(expression, ir.Call):
        is_router = ending(expression.function) == _ROUTER
        for part in expression.arguments[:1] if is_router else () if is_list else expression.arguments:
            yield from _routes_below(bench, scope, part, is_list=is_router, depth=depth - 1, line=expression.line)
    elif isinstance(expression, ir.Name | ir.Attribute):
        for bound, there in _bound(bench, scope, expression, line):
            yield from _routes_below(bench, there, bound, is_list=is_list, depth=depth - 1, line=line)


def _bound(
    bench: Workbench, scope: Scope, expression: ir.Name | ir.Attribute, line: int
) -> Iterator[tuple[ir.Expr, Scope]]:
    """What a name is bound to before a line of its function, or a name of another module at last; with where it is."""
    if isinstance(expression, ir.Attribute):
        for value in bench.program.values_of(scope, expression.value):
            if isinstance(value, ModuleValue) and value.module.is_project:
                body = value.module.body
                yield from ((bound, body) for bound in bench.contexts.assignments(body).get(expression.name, [])[-1:])
        return
    own = bench.contexts.assignments(scope.unit).get(expression.id)
    if own:
        before = [one for one in own if isinstance(one, ir.Call) and one.end_line < line]
        yield from ((bound, scope) for bound in (before[-1:] or own[:1]))
        return
    module, name = bench.program.engine.names.home(scope, expression.id)
    if module is not None and module.body is not scope.unit:
        yield from ((bound, module.body) for bound in bench.contexts.assignments(module.body).get(name, [])[-1:])
