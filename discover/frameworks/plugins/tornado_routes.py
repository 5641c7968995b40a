"""Tornado's routes: tuples in lists, `("/orders", OrderHandler)`, which no call registers one by one.

The lists are put together over modules (`admin.handlers + api.handlers`) and handed to an application or a router;
a rule that sees calls can't read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.listed import ANYWHERE, DEPTH, Environment, ListReader
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.handlers import VIEW_METHODS
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, ModuleValue, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Scope

_HANDLER = "tornado.web.RequestHandler"
_SOCKET = "tornado.websocket.WebSocketHandler"
_SPECS = frozenset({"tornado.routing.URLSpec", "tornado.routing.url", "tornado.routing.Rule"})
_LISTS = {
    "tornado.web.Application": Pick(argument=0, keyword="handlers"),
    "tornado.web.Application.__init__": Pick(argument=0, keyword="handlers"),
    "tornado.web.Application.add_handlers": Pick(argument=1, keyword="host_handlers"),
    "tornado.routing.RuleRouter": Pick(argument=0, keyword="rules"),
    "tornado.routing.ReversibleRuleRouter": Pick(argument=0, keyword="rules"),
    "tornado.routing.RuleRouter.add_rules": Pick(argument=0, keyword="rules"),
}
_SOCKET_METHODS = ["open", "on_message", "on_close"]
_UNREGISTERED = 0.6
"""How sure a route is whose list is handed to no application that is seen."""
_PAIRED = 8


class _Route(NamedTuple):
    """Where a route's pattern and handler stand."""

    pattern: ir.Expr
    handler: ir.Expr
    scope: Scope
    environment: Environment
    whole: ir.Expr
    """The tuple or the call, which tells it from others."""


class _Routes(ListReader[_Route]):
    """Reads the lists, and emits each route once."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self._done: set[tuple[str, int]] = set()

    # --- reading --------------------------------------------------------------------------------------------------

    def item(self, expression: ir.Expr, scope: Scope, environment: Environment) -> list[_Route] | None:
        """A tuple, or a call of `url`, `URLSpec` or `Rule`."""
        if isinstance(expression, ir.Sequence) and expression.kind == "tuple" and len(expression.items) > 1:
            pattern, handler = expression.items[:2]
            if isinstance(pattern, ir.Sequence | ir.Starred) or isinstance(handler, ir.Sequence):
                return None
            return [_Route(pattern, handler, scope, environment, expression)]
        if not isinstance(expression, ir.Call):
            return None
        site = scope.unit.sites.get(expression.number)
        if site is None or _SPECS.isdisjoint(external.path for external in site.externals):
            return None
        pattern = _argument(expression, 0, ("pattern", "matcher"))
        handler = _argument(expression, 1, ("handler", "target"))
        if pattern is None or handler is None:
            return []
        if isinstance(pattern, ir.Call):  # Rule(PathMatches("/x"), …)
            pattern = _argument(pattern, 0, ("path_pattern", "host_pattern")) or pattern
        if isinstance(handler, ir.Sequence):
            return self.listed(handler, scope, environment)
        return [_Route(pattern, handler, scope, environment, expression)]

    def by_value(self, expression: ir.Expr, scope: Scope, depth: int) -> list[_Route]:
        """Another module's list, by `module.name`; else the list that an attribute holds is not read."""
        found: list[_Route] = []
        if isinstance(expression, ir.Attribute):
            for value in self.program.values_of(scope, expression.value):
                if isinstance(value, ModuleValue) and expression.name in value.module.body.names:
                    found += self.read(ir.Name(expression.name), value.module.body, ANYWHERE, depth, frozenset())
        return found or self._of_container(self.program.values_of(scope, expression))

    def _of_container(self, values: Values) -> list[_Route]:
        """An attribute's list: the resolver knows its tuples."""
        for value in values:
            if isinstance(value, ContainerValue) and value.kind != "dict":
                for inner in self.bench.contexts.split((value,)):
                    self._pairs(inner)
        return []

    def _pairs(self, values: Values) -> None:
        for value in values:
            if isinstance(value, ContainerValue) and {0, 1} <= value.items.keys():
                paths = [str(v.value) for v in value.items[0].values if isinstance(v, ConstantValue)]
                self._emit(paths, self._classes(value.items[1].values), 0.9, "route in a list")

    # --- emitting -------------------------------------------------------------------------------------------------

    def registered(self, expression: ir.Expr, scope: Scope) -> None:
        """The routes of a list that an application gets."""
        for route in self.listed(expression, scope, ANYWHERE):
            self._route(route, 0.95)

    def unregistered(self) -> None:
        """Routes in lists at module level that nothing seen hands to an application."""
        for name in sorted(self.program.modules):
            module = self.program.modules[name]
            for statement in module.facts.body:
                if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Sequence):
                    for route in self.read(statement.value, module.body, ANYWHERE, DEPTH, frozenset()):
                        self._route(route, _UNREGISTERED)

    def _route(self, route: _Route, confidence: float) -> None:
        handler, scope = route.handler, route.scope
        if isinstance(handler, ir.Name) and handler.id in route.environment.given:
            handler, scope, _ = route.environment.given[handler.id]
        classes = self._classes(self.program.values_of(scope, handler))
        key = (route.scope.module.path, id(route.whole))
        if not classes or key in self._done:
            return
        self._done.add(key)
        values = self.bench.contexts.values(route.scope, route.pattern, Frame(route.scope.unit))
        paths = [str(v.value) for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
        line = getattr(route.handler, "line", 0) or 0
        self._emit(paths, classes, confidence, f"route {route.scope.module.path}:{line}")

    def _classes(self, values: Values) -> list[Class]:
        """The handler classes of the project, named by a string or not."""
        found: dict[Class, None] = {}
        for value in values:
            if isinstance(value, ConstantValue) and isinstance(value.value, str) and "." in value.value:
                found.update(dict.fromkeys(self._classes(self.program.named(value.value))))
            elif isinstance(value, ClassValue) and value.cls.is_project and self.program.is_below(value.cls, _HANDLER):
                found[value.cls] = None
        return list(found)

    def _emit(self, paths: list[str], classes: list[Class], confidence: float, evidence: str) -> None:
        unpaired = len(classes) > 1 and (len(paths) > 1 or len(classes) > _PAIRED)
        for path in ["{}"] if unpaired or not paths else paths:
            for cls in classes:
                self._endpoint(cls, path, 0.5 if unpaired else confidence, evidence)

    def _endpoint(self, cls: Class, path: str, confidence: float, evidence: str) -> None:
        socket = self.program.is_below(cls, _SOCKET)
        for handler in self.bench.handlers.methods(cls, _SOCKET_METHODS if socket else list(VIEW_METHODS)):
            if handler.function is None:
                continue
            methods = () if socket else tuple(name.upper() for name in handler.methods)
            self.bench.found.entry(
                EntryPoint(
                    id="",
                    kind="websocket" if socket else "http",
                    framework="tornado",
                    unit=handler.unit,
                    line=handler.line,
                    receiver=cls.id,
                    detail=TriggerDetail(path=path.removeprefix("^").removesuffix("$") or "/", methods=methods),
                    confidence=confidence,
                    evidence=evidence,
                )
            )


def register(bench: Workbench) -> None:
    """Find the routes of every application, then those of lists that no application gets."""
    routes = _Routes(bench)
    for path, pick in _LISTS.items():
        for match in bench.index.calls(path):
            expression = bench.picker.expression(pick, Given(match.site.call, match.site.function).call)
            if expression is not None:
                routes.registered(expression, match.site.function)
    routes.unregistered()


def _argument(call: ir.Call, position: int, names: tuple[str, ...]) -> ir.Expr | None:
    for keyword in call.keywords:
        if keyword.name in names:
            return keyword.value
    return call.arguments[position] if position < len(call.arguments) else None
