"""Django's URL configurations: lists of patterns that are nested, added up, imported and handed through functions.

A route's whole path is spread over the modules on the way from the root configuration, and a view may be named by a
string, wrapped by decorators, or made by a router; a rule that sees one call can't join these.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.handlers import HTTP_METHODS, Handler
from discover.frameworks.imports import imports_of, star_sources
from discover.frameworks.records import EntryPoint
from discover.frameworks.rest_routes import RestRoutes
from discover.frameworks.routers import site_keys
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function, Module, Scope
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, InstanceValue, ModuleValue, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench

_PATTERN = (
    "django.urls.path",
    "django.urls.re_path",
    "django.conf.urls.url",
    "django.urls.conf.path",
    "django.urls.conf.re_path",
)
_INCLUDE = ("django.urls.include", "django.conf.urls.include", "django.urls.conf.include")
_LOCALISED = "django.conf.urls.i18n.i18n_patterns"
_ROUTERS = "rest_framework.routers.BaseRouter"
_ONLY = {
    "django.views.decorators.http.require_POST": ("POST",),
    "django.views.decorators.http.require_GET": ("GET",),
    "django.views.decorators.http.require_safe": ("GET", "HEAD"),
}
_LISTED = ("django.views.decorators.http.require_http_methods", "rest_framework.decorators.api_view")
_DEPTH = 24
_REGISTRY = 8
"""A pattern with more views than this takes them from a registry: which of them has which path is not known."""

Environment = dict[str, "tuple[ir.Expr, Scope, Environment]"]


class _Pattern:
    """One pattern call, or the routes of a router, where a list of patterns holds it."""

    __slots__ = ("call", "environment", "router", "scope")

    def __init__(self, call: ir.Call | None, scope: Scope, environment: Environment, router: str = "") -> None:
        self.call = call
        self.scope = scope
        self.environment = environment
        self.router = router


class _Urls:
    """Walks the URL configurations."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.rest = RestRoutes(bench)
        self.sites: dict[str, tuple[Scope, ir.Call]] = {}
        self.included: set[str] = set()
        self.unknown = 0
        """Patterns whose view could not be found."""
        self.methods: dict[Function, tuple[str, ...]] = {}
        for path in _PATTERN:
            for match in bench.index.calls(path):
                key = f"{match.site.function.module.path}#{match.site.call.number}"
                self.sites[key] = (match.site.function, match.site.call)
        self._read_methods()

    def _read_methods(self) -> None:
        for path, verbs in _ONLY.items():
            for decoration, _ in self.bench.index.decorations(path):
                if isinstance(decoration.definition, Function):
                    self.methods[decoration.definition] = verbs
        for decoration, _ in self.bench.index.decorations(list(_LISTED)):
            if (
                isinstance(decoration.definition, Function)
                and decoration.call is not None
                and decoration.call.arguments
            ):
                scope = decoration.definition.outer or decoration.definition.module.body
                values = self.program.values_of(scope, decoration.call.arguments[0])
                verbs = tuple(str(v).upper() for v in self.program.constants_of(values))
                self.methods[decoration.definition] = verbs or ("GET",)

    # --- roots ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Walk from each root configuration, then from each that nothing includes."""
        roots: dict[str, Module] = {}
        for text in self.program.texts_of(self.program.setting("ROOT_URLCONF")):
            module = self.program.modules.get(text)
            if module is not None:
                roots[module.path] = module
        holders = [m for m in self.program.modules.values() if "urlpatterns" in m.body.names]
        self._note_included(holders)
        for module in roots.values():
            self.module(module, "/", (), 1.0)
        for module in sorted(holders, key=lambda m: m.path):
            if module.path not in roots and module.path not in self.included:
                self.module(module, "/", (), 0.8)
        if self.unknown:
            self._registered()

    def _registered(self) -> None:
        """View classes that the project's own decorator puts into a registry, which some pattern takes them from."""
        routed = {e.unit for e in self.bench.found.entry_points.values() if e.kind == "http"}
        routed |= {unit.rpartition(".")[0] for unit in routed}
        for cls in self.program.subclasses_of("django.views.generic.base.View"):
            if cls.id in routed or not cls.record.decorators:
                continue
            names = self._registering(cls)
            if names is not None:
                for handler in self.bench.handlers.methods(cls, list(HTTP_METHODS)):
                    path = "/".join(["{}", *(name for name in names if name)])
                    self._add(handler, path, self._verbs(handler), 0.5, f"registered view {cls.id}")

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

    def _note_included(self, holders: list[Module]) -> None:
        for path in _INCLUDE:
            for match in self.bench.index.calls(path):
                if match.site.arguments:
                    for value in self._opened(match.site.arguments[0]):
                        module = self._module_of(value, match.site.function.module)
                        if module is not None:
                            self.included.add(module.path)
        paths = {m.path for m in holders}
        for module in holders:
            for name in star_sources(module):
                source = self.program.modules.get(name)
                if source is not None and source.path in paths:
                    self.included.add(source.path)

    @staticmethod
    def _opened(values: Values) -> Values:
        """`(what, "namespace")` stands for what."""
        found: Values = ()
        for value in values:
            first = value.items.get(0) if isinstance(value, ContainerValue) and value.kind == "tuple" else None
            found = (*found, *first.values) if first is not None else (*found, value)
        return found

    def _module_of(self, value: object, near: Module) -> Module | None:
        if isinstance(value, ModuleValue) and value.module.is_project:
            return value.module
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            for named in self.program.named(value.value, near):
                if isinstance(named, ModuleValue) and named.module.is_project:
                    return named.module
        return None

    # --- lists of patterns ----------------------------------------------------------------------------------------

    def module(self, module: Module, prefix: str, way: tuple[str, ...], confidence: float) -> None:
        """The `urlpatterns` of a module, below a prefix."""
        if module.path in way or len(way) > _DEPTH:
            return
        patterns = self.patterns(ir.Name("urlpatterns"), module.body, {}, _DEPTH, frozenset())
        self.emit(patterns, prefix, (*way, module.path), confidence)

    def patterns(
        self, expression: ir.Expr, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[_Pattern]:
        """The patterns in a list expression."""
        if depth == 0:
            return []
        deeper = depth - 1
        if isinstance(expression, ir.Sequence):
            return [p for item in expression.items for p in self.patterns(item, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Starred):
            return self.patterns(expression.value, scope, environment, deeper, open_)
        if isinstance(expression, ir.Binary):
            left = self.patterns(expression.left, scope, environment, deeper, open_)
            return left + self.patterns(expression.right, scope, environment, deeper, open_)
        if isinstance(expression, ir.Choice):
            return [p for one in expression.values for p in self.patterns(one, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Comprehension):
            return self.patterns(expression.element, scope, environment, deeper, open_)
        if isinstance(expression, ir.Call):
            return self._called(expression, scope, environment, deeper, open_)
        if isinstance(expression, ir.Name):
            return self._named(expression, scope, environment, deeper, open_)
        return self._by_value(expression, scope, deeper, environment)

    def _called(
        self, call: ir.Call, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[_Pattern]:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return []
        paths = {external.path for external in site.externals}
        if not paths.isdisjoint(_PATTERN):
            return [_Pattern(call, scope, environment)]
        if _LOCALISED in paths or paths & {"builtins.list", "builtins.tuple", "builtins.sorted", "builtins.reversed"}:
            return [p for a in call.arguments for p in self.patterns(a, scope, environment, depth, open_)]
        found: list[_Pattern] = []
        for target in site.targets[:3]:
            inner: Environment = {}
            parameters = target.function.record.parameters
            for parameter, argument in zip(parameters, call.arguments, strict=False):
                inner[parameter.name] = (argument, scope, environment)
            for keyword in call.keywords:
                if keyword.name is not None:
                    inner[keyword.name] = (keyword.value, scope, environment)
            for expression in self.bench.contexts.returned(target.function):
                found += self.patterns(expression, target.function, inner, depth, frozenset())
        return found or self._by_value(call, scope, depth, environment)

    def _named(
        self, name: ir.Name, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[_Pattern]:
        given = environment.get(name.id)
        if given is not None:
            return self.patterns(given[0], given[1], given[2], depth, frozenset())
        key = f"{scope.module.path}:{name.id}"
        if key in open_:
            return []
        holder: Scope | None = scope
        while holder is not None:
            if isinstance(holder, Function):
                assigned = self.bench.contexts.assignments(holder).get(name.id)
                if assigned:
                    found = [
                        p for value in assigned for p in self.patterns(value, holder, environment, depth, open_ | {key})
                    ]
                    return found + self._added(name, holder, environment, depth, open_ | {key}, found)
            holder = holder.outer
        return self._imported(name, scope, depth, open_ | {key}) or self._by_value(name, scope, depth, environment)

    def _added(
        self,
        name: ir.Name,
        holder: Function,
        environment: Environment,
        depth: int,
        open_: frozenset[str],
        known: list[_Pattern],
    ) -> list[_Pattern]:
        """What `name.append(…)`, `.extend(…)` and `.insert(…)` add in the same body."""
        found: list[_Pattern] = []
        for site in self.program.sites(holder):
            function = site.call.function
            if not isinstance(function, ir.Attribute) or function.name not in ("append", "extend", "insert"):
                continue
            if isinstance(function.value, ir.Name) and function.value.id == name.id and site.call.arguments:
                found += self.patterns(site.call.arguments[-1], holder, environment, depth, open_)
        del known
        return found

    def _imported(self, name: ir.Name, scope: Scope, depth: int, open_: frozenset[str]) -> list[_Pattern]:
        """A list that another module defines: looked up by the import, and read there."""
        for module_name, original in imports_of(scope.module, name.id):
            module = self.program.modules.get(module_name)
            if module is not None and original in module.body.names:
                return self.patterns(ir.Name(original), module.body, {}, depth, open_)
        for source in star_sources(scope.module):
            module = self.program.modules.get(source)
            if module is not None and name.id in module.body.names:
                return self.patterns(name, module.body, {}, depth, open_)
        return []

    def _by_value(self, expression: ir.Expr, scope: Scope, depth: int, environment: Environment) -> list[_Pattern]:
        if isinstance(expression, ir.Attribute):
            routed = self._router(expression, scope)
            if routed:
                return routed
            dynamic = self._attribute(expression, scope, environment, depth)
            if dynamic:
                return dynamic
        found: list[_Pattern] = []
        for values in self.bench.contexts.split(self.program.values_of(scope, expression)):
            for key in site_keys(values):
                if key in self.sites:
                    holder, call = self.sites[key]
                    found.append(_Pattern(call, holder, {}))
        return found

    def _router(self, expression: ir.Attribute, scope: Scope) -> list[_Pattern]:
        if expression.name != "urls":
            return []
        found: list[_Pattern] = []
        for value in self.program.values_of(scope, expression.value):
            if isinstance(value, InstanceValue) and self.program.is_below(value.cls, _ROUTERS):
                found += [_Pattern(None, scope, {}, key) for key in site_keys((value,))]
        return found

    def _attribute(
        self, expression: ir.Attribute, scope: Scope, environment: Environment, depth: int
    ) -> list[_Pattern]:
        """`module.urlpatterns`; of a module found by a computed name: of each that fits and that nothing includes."""
        del environment
        found: list[_Pattern] = []
        for module in self._modules_of(expression.value, scope):
            if expression.name in module.body.names:
                found += self.patterns(ir.Name(expression.name), module.body, {}, depth, frozenset())
        return found

    def _modules_of(self, expression: ir.Expr, scope: Scope) -> list[Module]:
        values = self.program.values_of(scope, expression)
        known = [v.module for v in values if isinstance(v, ModuleValue) and v.module.is_project]
        if known:
            return known
        if isinstance(expression, ir.Name):
            assigned = self.bench.contexts.assignments(scope.unit).get(expression.id, [])
            expression = assigned[0] if len(assigned) == 1 else expression
        if not isinstance(expression, ir.Call) or not expression.arguments:
            return []
        texts = self.program.texts_of(self.program.values_of(scope, expression.arguments[0]))
        globs = [text.replace("{}", "*") for text in texts if "{}" in text and len(text) > 4]
        names = sorted(n for n in self.program.modules if any(fnmatchcase(n, g) for g in globs))
        found = [self.program.modules[name] for name in names]
        self.included.update(m.path for m in found if "urlpatterns" not in m.body.names)
        return [m for m in found if m.path not in self.included]

    # --- routes ---------------------------------------------------------------------------------------------------

    def emit(self, patterns: list[_Pattern], prefix: str, way: tuple[str, ...], confidence: float) -> None:
        """Emit the entry points of the patterns, included ones too."""
        seen: set[tuple[str, int]] = set()
        for pattern in patterns:
            if pattern.router:
                self._emit_router(pattern.router, prefix, confidence)
                continue
            assert pattern.call is not None
            key = (pattern.scope.module.path, pattern.call.number)
            if key not in seen:
                seen.add(key)
                self._emit_call(pattern, prefix, way, confidence)

    def _emit_call(self, pattern: _Pattern, prefix: str, way: tuple[str, ...], confidence: float) -> None:
        call = pattern.call
        assert call is not None
        view = _argument(call, 1, "view")
        if view is None:
            return
        for route in self._routes(call, pattern.scope, pattern.environment):
            # a prefix that only a deployment knows is most often empty
            inner = _joined(prefix, "" if route.strip("^/") == "{}" else route)
            if not self._include(view, pattern, inner, way, confidence):
                self._emit_view(view, pattern, _joined(prefix, route), confidence)

    def _routes(self, call: ir.Call, scope: Scope, environment: Environment) -> list[str]:
        expression = _argument(call, 0, "route") or _argument(call, 0, "regex")
        if isinstance(expression, ir.Name) and expression.id in environment:
            expression, scope, _ = environment[expression.id]
        if expression is None:
            return []
        texts = self.program.texts_of(self.program.values_of(scope, expression))
        if not texts and isinstance(expression, ir.Call) and expression.arguments:
            texts = self.program.texts_of(self.program.values_of(scope, expression.arguments[0]))
        return texts or ["{}"]

    def _include(self, view: ir.Expr, pattern: _Pattern, path: str, way: tuple[str, ...], confidence: float) -> bool:
        scope, environment = pattern.scope, pattern.environment
        if isinstance(view, ir.Name) and view.id in environment:
            view, scope, environment = environment[view.id]
        if not isinstance(view, ir.Call):
            return self._included_tuple(view, scope, environment, path, way, confidence)
        site = scope.unit.sites.get(view.number)
        if site is None or {e.path for e in site.externals}.isdisjoint(_INCLUDE) or not view.arguments:
            return False
        what = view.arguments[0]
        modules = [
            self._module_of(value, scope.module) for value in self._opened(site.arguments[0] if site.arguments else ())
        ]
        found = [module for module in modules if module is not None]
        for module in found:
            self.module(module, path, way, confidence)
        if not found:
            if isinstance(what, ir.Sequence) and what.kind == "tuple" and what.items:
                what = what.items[0]
                for module in self._modules_of(what, scope):
                    self.module(module, path, way, confidence)
            self.emit(self.patterns(what, scope, environment, _DEPTH, frozenset()), path, way, confidence)
        return True

    def _included_tuple(
        self, view: ir.Expr, scope: Scope, environment: Environment, path: str, way: tuple[str, ...], confidence: float
    ) -> bool:
        if isinstance(view, ir.Sequence) and view.kind == "tuple" and view.items:
            self.emit(self.patterns(view.items[0], scope, environment, _DEPTH, frozenset()), path, way, confidence)
            return True
        return False

    def _emit_view(self, view: ir.Expr, pattern: _Pattern, path: str, confidence: float) -> None:
        scope = pattern.scope
        if isinstance(view, ir.Name) and view.id in pattern.environment:
            view, scope, _ = pattern.environment[view.id]
        handlers = self.handlers(view, scope)
        self.unknown += not handlers
        if len(handlers) > _REGISTRY:
            path, confidence = "{}", 0.5
        for handler, methods in handlers:
            self._add(
                handler,
                path,
                methods,
                confidence,
                f"url pattern {scope.module.path}:{pattern.call.line if pattern.call else 0}",
            )

    def handlers(self, view: ir.Expr, scope: Scope, depth: int = 4) -> list[tuple[Handler, tuple[str, ...]]]:
        """Who answers: the view behind its decorators, with the HTTP methods as far as they are known."""
        values = self.program.values_of(scope, view)
        if isinstance(view, ir.Call) and depth:
            mapped = self._mapped(view, scope)
            if mapped:
                return mapped
            if isinstance(view.function, ir.Attribute) and view.function.name == "as_view":
                base = self.program.values_of(scope, view.function.value)
                values = tuple(v for v in base if isinstance(v, ClassValue)) or values
            site = scope.unit.sites.get(view.number)
            if site is not None and site.targets and not self.bench.handlers.classes(values):
                for argument in view.arguments:
                    inner = self.handlers(argument, scope, depth - 1)
                    if inner:
                        return inner
        found = self.bench.handlers.find(values, list(HTTP_METHODS), scope.module)
        return [(handler, self._verbs(handler)) for handler in found]

    def _mapped(self, view: ir.Call, scope: Scope) -> list[tuple[Handler, tuple[str, ...]]]:
        """`ViewSet.as_view({"get": "list"})`."""
        if not view.arguments or not isinstance(view.arguments[0], ir.Mapping):
            return []
        found: dict[str, tuple[Handler, list[str]]] = {}
        base = view.function.value if isinstance(view.function, ir.Attribute) else view
        for cls in self.bench.handlers.classes(self.program.values_of(scope, base)):
            for key, action in zip(view.arguments[0].keys, view.arguments[0].values, strict=True):
                if not isinstance(key, ir.Constant) or not isinstance(action, ir.Constant):
                    continue
                method = self.program.find_method(cls, str(action.value))
                if method is not None:
                    handler = Handler(method, cls) if method.is_project else Handler(None, cls)
                    found.setdefault(handler.unit, (handler, []))[1].append(str(key.value).upper())
        return [(handler, tuple(verbs)) for handler, verbs in found.values()]

    def _verbs(self, handler: Handler) -> tuple[str, ...]:
        if handler.methods:
            return tuple(m.upper() for m in handler.methods)
        return self.methods.get(handler.function, ()) if handler.function is not None else ()

    def _emit_router(self, key: str, prefix: str, confidence: float) -> None:
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


def register(bench: Workbench) -> None:
    """Find all routes of a Django project."""
    _Urls(bench).run()


def _joined(prefix: str, route: str) -> str:
    """Path converters stay as they are; a regular expression loses the marks of its ends."""
    route = route.removeprefix("^")
    if route.endswith("$") and not route.endswith("\\$"):
        route = route[:-1]
    if prefix.endswith("/") and route.startswith("/"):
        route = route[1:]
    return prefix + route


def _argument(call: ir.Call, position: int, name: str) -> ir.Expr | None:
    for keyword in call.keywords:
        if keyword.name == name:
            return keyword.value
    return call.arguments[position] if position < len(call.arguments) else None
