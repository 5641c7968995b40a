"""Django's URL configurations: lists of patterns that are nested, added up, imported and handed through functions.

A route's whole path is spread over the modules on the way from the root configuration, and a view may be named by a
string, wrapped by decorators, or made by a router; a rule that sees one call can't join these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.listed import Environment
from discover.frameworks.reading.rounds import share_a_round
from discover.frameworks.records import EntryPoint, Problem
from discover.frameworks.routing.admin_routes import admin_patterns
from discover.frameworks.routing.crudl_patterns import ViewPattern
from discover.frameworks.routing.rest_routes import RestRoutes, is_unseen_router
from discover.frameworks.routing.url_modules import INCLUDE, UrlModules
from discover.frameworks.routing.url_patterns import Listed, Pattern, RouterUrls, UrlPatterns
from discover.frameworks.routing.url_views import UrlViews
from discover.frameworks.routing.wrapped_views import Wrapped
from discover.frameworks.rules.handlers import VIEW_METHODS, Handler
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Module, Scope

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_DEPTH = 24
_ERROR_HANDLERS = ("handler400", "handler403", "handler404", "handler500")
_REPEATS = 3
_CALLEES = 3
_PATTERN_OBJECTS = frozenset(
    f"django.urls{module}.{name}" for module in ("", ".resolvers") for name in ("RegexPattern", "RoutePattern")
)
_WRAPPED = 0.8
"""How sure a route is that a function which is not Django's includes."""
_UNSEEN = 0.7
"""How sure a route is of a router whose code is not there: it may put more before the path."""
_ROUTES = 10_000
"""So many routes and prefixes are followed: each in a chain of files that include the next one twice doubles them."""
_ONE_OF = 0.5
"""How sure a route is of which one part is not known: one of those that a loop goes over."""
_REGISTRY = 8
"""A pattern with more views than this takes them from a registry: which of them has which path is not known."""


class _Urls:
    """Walks the URL configurations."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.rest = RestRoutes(bench)
        self.modules = UrlModules(bench)
        self.patterns = UrlPatterns(bench, self.modules)
        self.views = UrlViews(bench)
        self.admins: list[str] = []
        """Paths below which an admin site stands."""
        self.unknown = 0
        """Patterns whose view could not be found."""
        self._left = _ROUTES
        self._around = Wrapped()

    # --- roots ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Walk from each root configuration, then from each that nothing includes."""
        roots = self.modules.roots()
        for module in roots:
            self.module(module, "/", (), 1.0)
            self._error_handlers(module)
        for module in sorted(self.modules.holders, key=lambda m: m.path):
            if module not in roots and module.path not in self.modules.included:
                self.module(module, "/", (), 0.8)
        for tail, patterns in admin_patterns(self.bench, self.patterns):
            for prefix in self.admins:
                self.emit(patterns, prefix + tail, (), 0.9)
        if self.unknown:
            self._registered()
        self._around.tell(self.bench.found)

    def _error_handlers(self, module: Module) -> None:
        """`handler404 = "shop.views.missing"` in the root configuration."""
        slots = [module.body.names[name] for name in _ERROR_HANDLERS if name in module.body.names]
        for handler in (one for slot in slots for one in self.bench.handlers.find(slot.values, ["get"], module)):
            self.bench.found.entry(
                EntryPoint(
                    id="",
                    kind="hook",
                    framework="django",
                    unit=handler.unit,
                    line=handler.line,
                    detail=TriggerDetail(name="error handler"),
                    confidence=0.95,
                    evidence=f"root URL configuration {module.path}",
                )
            )

    def _registered(self) -> None:
        """View classes that the project's own decorator puts into a registry, which some pattern takes them from."""
        routed = {
            one for e in self.bench.found.entry_points.values() if e.kind == "http" for one in (e.unit, e.receiver)
        }
        routed |= {unit.rpartition(".")[0] for unit in routed}
        for cls in self.program.subclasses_of("django.views.generic.base.View"):
            if cls.id in routed or not cls.record.decorators:
                continue
            names = self._registering(cls)
            if names is not None:
                for handler in self.bench.handlers.methods(cls, list(VIEW_METHODS)):
                    path = "/".join(["{}", *(name for name in names if name)])
                    self._add(handler, path, self.views.verbs(handler), 0.5, f"registered view {cls.id}")

    def _registering(self, cls: Class) -> list[str] | None:
        """The path that the registering decorator names; None when no decorator of the project is there."""
        scope = cls.outer or cls.module.body
        for expression in cls.record.decorators:
            if not isinstance(expression, ir.Call):
                continue
            site = scope.unit.sites.get(expression.number)
            if site is None or not site.targets:
                continue
            for keyword in expression.keywords:
                if keyword.name in ("path", "url_path", "route"):
                    return self.program.texts_of(self.program.values_of(scope, keyword.value))
            return []
        return None

    def module(self, module: Module, prefix: str, way: tuple[str, ...], confidence: float) -> None:
        """The `urlpatterns` of a module, below a prefix."""
        if module.path in way:
            return
        self.emit(self.patterns.of_module(module), prefix, (*way, module.path), confidence)

    # --- routes ---------------------------------------------------------------------------------------------------

    def emit(self, patterns: list[Listed], prefix: str, way: tuple[str, ...], confidence: float) -> None:
        """Emit the entry points of the patterns, included ones too."""
        seen: set[tuple[object, ...]] = set()
        for pattern in patterns:
            if isinstance(pattern, RouterUrls):
                self._emit_router(pattern.router, prefix, confidence)
                continue
            if isinstance(pattern, ViewPattern):
                for handler in self.bench.handlers.methods(pattern.view, list(VIEW_METHODS)):
                    evidence = f"url patterns of {pattern.holder.id}"
                    self._add(handler, _joined(prefix, pattern.route), self.views.verbs(handler), confidence, evidence)
                continue
            # A function that includes what it makes itself would never end; one that is used in itself does.
            step = f"{pattern.scope.module.path}#{pattern.call.number}"
            key = (step, *pattern.environment.key())
            if key not in seen:
                seen.add(key)
                if way.count(step) < _REPEATS and len(way) <= _DEPTH:
                    self._emit_call(pattern, prefix, (*way, step), confidence)

    def _may_follow(self, pattern: Pattern) -> bool:
        """Whether one more route is followed; the first that is not is told."""
        self._left -= 1
        if self._left == -1:
            unit, line = pattern.scope.unit.id, pattern.call.line
            reason = f"more than {_ROUTES} routes: what else there is, is not followed"
            self.bench.found.problem(Problem(unit=unit, line=line, what="URL patterns", reason=reason))
        return self._left >= 0

    def _emit_call(self, pattern: Pattern, prefix: str, way: tuple[str, ...], confidence: float) -> None:
        call = pattern.call
        view = _argument(call, 1, "view") or _argument(call, 1, "callback") or _argument(call, 1, "urlconf_name")
        if view is None:
            return
        routes = self._routes(call, pattern.scope, pattern.environment)
        is_open = len(routes) > 1 and self._is_one_of(pattern, view)
        if is_open:
            routes, confidence = ["{}/" if routes[0].endswith(("/", "/$")) else "{}"], _ONE_OF
        for route in routes:
            if not self._may_follow(pattern):
                return
            # a prefix that only a deployment knows is most often empty
            inner = _joined(prefix, "" if route.strip("^/") == "{}" and not is_open else route)
            if self.patterns.is_resolver(call, pattern.scope):
                self._open(view, pattern.scope, pattern.environment, inner, way, confidence)
            elif not self._include(view, pattern, inner, way, confidence):
                self._emit_view(view, pattern, _joined(prefix, route), confidence)

    def _is_one_of(self, pattern: Pattern, view: ir.Expr) -> bool:
        """Whether a loop takes both route and view from what it goes over, and which belong together is not known."""
        route = _argument(pattern.call, 0, "route") or _argument(pattern.call, 0, "regex")
        both = [route, view] if route is not None else [view]
        return len(both) > 1 and share_a_round(self.bench.contexts, pattern.scope.unit, pattern.call.line, both)

    def _routes(self, call: ir.Call, scope: Scope, environment: Environment) -> list[str]:
        expression = _argument(call, 0, "route") or _argument(call, 0, "regex")
        expression = self._of_pattern(expression, scope)
        if expression is None:
            return []
        texts = self.program.texts_of(self.views.seen(expression, scope, environment))
        if not texts and isinstance(expression, ir.Call) and expression.arguments:
            texts = self.program.texts_of(self.program.values_of(scope, expression.arguments[0]))
        return [text for text in texts if not any(_deployed(text, other) for other in texts)] or ["{}"]

    def _of_pattern(self, expression: ir.Expr | None, scope: Scope) -> ir.Expr | None:
        """`URLPattern(RegexPattern(route), view)`: the route in the pattern object, which may have a name first."""
        made = expression
        if isinstance(made, ir.Name):
            assigned = self.bench.contexts.assignments(scope.unit).get(made.id, [])
            made = assigned[0] if len(assigned) == 1 else None
        site = scope.unit.sites.get(made.number) if isinstance(made, ir.Call) else None
        if site is not None and self.patterns.is_language(site):
            return ir.Constant("")
        if site is None or _PATTERN_OBJECTS.isdisjoint(external.path for external in site.externals):
            return expression
        return _argument(site.call, 0, "route") or _argument(site.call, 0, "regex")

    def _include(self, view: ir.Expr, pattern: Pattern, path: str, way: tuple[str, ...], confidence: float) -> bool:
        scope, environment = pattern.scope, pattern.environment
        if isinstance(view, ir.Name) and view.id in environment.given:
            view, scope, environment = environment.given[view.id]
        if isinstance(view, ir.Attribute):
            if self.patterns.is_admin_site(view, scope):
                self.admins += [path] if path not in self.admins else []
                return True
            routers = self.patterns.routers(view, scope)
            self.emit(routers, path, way, confidence)
            return bool(routers)
        if not isinstance(view, ir.Call):
            return self._included_tuple(view, scope, environment, path, way, confidence)
        site = scope.unit.sites.get(view.number)
        if site is None or not _includes(site):
            if site is not None and self._given_back(site, environment, path, way, confidence):
                return True
            return self._wrap(view, pattern._replace(scope=scope, environment=environment), path, way, confidence)
        if view.arguments:
            self._open(view.arguments[0], scope, environment, path, way, confidence)
        return bool(view.arguments)

    def _given_back(
        self, site: CallSite, environment: Environment, path: str, way: tuple[str, ...], confidence: float
    ) -> bool:
        """What a function includes for its caller: `return include([path("", view), path("<int:page>", view)])`."""
        found = False
        for target in site.targets[:_CALLEES]:
            inner = environment.within(target.function, site)
            for answer in self.bench.contexts.returned(target.function):
                made = target.function.sites.get(answer.number) if isinstance(answer, ir.Call) else None
                if made is not None and made.call.arguments and _includes(made):
                    found = True
                    self._open(made.call.arguments[0], target.function, inner, path, way, confidence)
        return found

    def _wrap(self, call: ir.Call, pattern: Pattern, path: str, way: tuple[str, ...], confidence: float) -> bool:
        """What a function is given to include in a way of its own: `decorator_include(login_required, "shop.urls")`."""
        scope, environment = pattern.scope, pattern.environment
        confidence = min(confidence, _WRAPPED)
        found = False
        for argument in self.patterns.given(call):
            modules = self.modules.holding(argument, scope)
            for module in modules:
                self.module(module, path, way, confidence)
            listed = [] if modules else self.patterns.listed(argument, scope, environment)
            self.emit(listed, path, way, confidence)
            found |= bool(modules or listed) or self._include(argument, pattern, path, way, confidence)
        return found

    def _open(
        self, what: ir.Expr, scope: Scope, environment: Environment, path: str, way: tuple[str, ...], confidence: float
    ) -> None:
        """What stands below a prefix: a module, by its name or itself, or a list."""
        values = self.modules.opened(self.views.seen(what, scope, environment))
        modules = [self.modules.module_of(value, scope.module) for value in values]
        found = [module for module in modules if module is not None]
        for module in found:
            self.module(module, path, way, confidence)
        if not found:
            if isinstance(what, ir.Sequence) and what.kind == "tuple" and what.items:
                what = what.items[0]
                for module in self.modules.modules_of(what, scope):
                    self.module(module, path, way, confidence)
            self.emit(self.patterns.listed(what, scope, environment), path, way, confidence)

    def _included_tuple(
        self, view: ir.Expr, scope: Scope, environment: Environment, path: str, way: tuple[str, ...], confidence: float
    ) -> bool:
        if isinstance(view, ir.Sequence) and view.kind == "tuple" and view.items:
            listed = self.patterns.listed(view.items[0], scope, environment)
            self.emit(listed, path, way, confidence)
            return bool(listed)
        return False

    def _emit_view(self, view: ir.Expr, pattern: Pattern, path: str, confidence: float) -> None:
        scope, environment = pattern.scope, pattern.environment
        if isinstance(view, ir.Name) and view.id in environment.given:
            view, scope, environment = environment.given[view.id]
        handlers = self.views.handlers(view, scope, environment)
        self.unknown += not handlers
        if len(handlers) > _REGISTRY:
            path, confidence = "{}", 0.5
        for handler, methods in handlers:
            self._add(
                handler,
                path,
                methods,
                confidence,
                f"url pattern {scope.module.path}:{pattern.call.line}",
            )

    def _emit_router(self, key: str, prefix: str, confidence: float) -> None:
        if self.bench.routers.knows(key):
            self.bench.routers.place(key, prefix)
            return
        if is_unseen_router(key):
            confidence = min(confidence, _UNSEEN)
        for route in self.rest.routes(key):
            self._add(route.handler, _joined(prefix, route.path), route.methods, confidence, "router", "rest_framework")

    def _add(
        self,
        handler: Handler,
        path: str,
        methods: tuple[str, ...],
        confidence: float,
        evidence: str,
        framework: str = "django",
    ) -> None:
        self._around.note(framework, handler, path)
        self.bench.found.entry(
            EntryPoint(
                id="",
                kind="http",
                framework=framework,
                unit=handler.unit,
                line=handler.line,
                receiver=handler.cls.id if handler.cls is not None else "",
                detail=TriggerDetail(path=path, methods=methods),
                confidence=confidence,
                evidence=evidence,
            )
        )


def prepare(bench: Workbench) -> None:
    """Find all routes of a Django project; first of all, as it gives other libraries' routers their prefix."""
    _Urls(bench).run()


def _includes(site: CallSite) -> bool:
    return not {external.path for external in site.externals}.isdisjoint(INCLUDE)


def _joined(prefix: str, route: str) -> str:
    """Path converters stay as they are; a regular expression loses the marks of its ends."""
    route = route.lstrip("^")
    if route.endswith("$") and not route.endswith("\\$"):
        route = route[:-1]
    if prefix.endswith("/") and route.startswith("/"):
        route = route[1:]
    return prefix + route


def _deployed(text: str, other: str) -> bool:
    """Whether a route is the other one below a prefix that only a deployment knows, which is most often empty."""
    return text != other and text.endswith(other) and text.removesuffix(other).strip("/") == "{}"


def _argument(call: ir.Call, position: int, name: str) -> ir.Expr | None:
    for keyword in call.keywords:
        if keyword.name == name:
            return keyword.value
    return call.arguments[position] if position < len(call.arguments) else None
