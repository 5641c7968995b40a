"""Django's lists of URL patterns: literals, sums, comprehensions, what functions return, what other modules define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.imports import imports_of, star_sources
from discover.frameworks.routers import site_keys
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.url_modules import UrlModules
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Module

PATTERN = (
    "django.urls.path",
    "django.urls.re_path",
    "django.conf.urls.url",
    "django.urls.conf.path",
    "django.urls.conf.re_path",
)
_LOCALISED = "django.conf.urls.i18n.i18n_patterns"
_ROUTERS = "rest_framework.routers.BaseRouter"
_DEPTH = 24

Environment = dict[str, "tuple[ir.Expr, Scope, Environment]"]
"""A function's parameters, each with what the caller gave and where that is to be read."""


class Pattern:
    """One pattern call, or the routes of a router, where a list of patterns holds it."""

    __slots__ = ("call", "environment", "router", "scope")

    def __init__(self, call: ir.Call | None, scope: Scope, environment: Environment, router: str = "") -> None:
        self.call = call
        self.scope = scope
        self.environment = environment
        self.router = router


class UrlPatterns:
    """Reads the lists."""

    def __init__(self, bench: Workbench, modules: UrlModules) -> None:
        self.bench = bench
        self.program = bench.program
        self.modules = modules
        self.sites: dict[str, tuple[Scope, ir.Call]] = {}
        for path in PATTERN:
            for match in bench.index.calls(path):
                key = f"{match.site.function.module.path}#{match.site.call.number}"
                self.sites[key] = (match.site.function, match.site.call)

    def of_module(self, module: Module) -> list[Pattern]:
        """The `urlpatterns` of a module."""
        return self._read(ir.Name("urlpatterns"), module.body, {}, _DEPTH, frozenset())

    def listed(self, expression: ir.Expr, scope: Scope, environment: Environment) -> list[Pattern]:
        """The patterns in a list expression."""
        return self._read(expression, scope, environment, _DEPTH, frozenset())

    def _read(
        self, expression: ir.Expr, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Pattern]:
        if depth == 0:
            return []
        deeper = depth - 1
        if isinstance(expression, ir.Sequence):
            return [p for item in expression.items for p in self._read(item, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Starred):
            return self._read(expression.value, scope, environment, deeper, open_)
        if isinstance(expression, ir.Binary):
            left = self._read(expression.left, scope, environment, deeper, open_)
            return left + self._read(expression.right, scope, environment, deeper, open_)
        if isinstance(expression, ir.Choice):
            return [p for one in expression.values for p in self._read(one, scope, environment, deeper, open_)]
        if isinstance(expression, ir.Comprehension):
            return self._read(expression.element, scope, environment, deeper, open_)
        if isinstance(expression, ir.Call):
            return self._called(expression, scope, environment, deeper, open_)
        if isinstance(expression, ir.Name):
            return self._named(expression, scope, environment, deeper, open_)
        return self._by_value(expression, scope, deeper)

    def _called(
        self, call: ir.Call, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Pattern]:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return []
        paths = {external.path for external in site.externals}
        if not paths.isdisjoint(PATTERN):
            return [Pattern(call, scope, environment)]
        if _LOCALISED in paths or paths & {"builtins.list", "builtins.tuple", "builtins.sorted", "builtins.reversed"}:
            return [p for a in call.arguments for p in self._read(a, scope, environment, depth, open_)]
        found: list[Pattern] = []
        for target in site.targets[:3]:
            inner: Environment = {}
            parameters = target.function.record.parameters
            for parameter, argument in zip(parameters, call.arguments, strict=False):
                inner[parameter.name] = (argument, scope, environment)
            for keyword in call.keywords:
                if keyword.name is not None:
                    inner[keyword.name] = (keyword.value, scope, environment)
            for expression in self.bench.contexts.returned(target.function):
                found += self._read(expression, target.function, inner, depth, frozenset())
        return found or self._by_value(call, scope, depth)

    def _named(
        self, name: ir.Name, scope: Scope, environment: Environment, depth: int, open_: frozenset[str]
    ) -> list[Pattern]:
        given = environment.get(name.id)
        if given is not None:
            return self._read(given[0], given[1], given[2], depth, frozenset())
        key = f"{scope.module.path}:{name.id}"
        if key in open_:
            return []
        holder: Scope | None = scope
        while holder is not None:
            if isinstance(holder, Function):
                assigned = self.bench.contexts.assignments(holder).get(name.id)
                if assigned:
                    found = [
                        p for value in assigned for p in self._read(value, holder, environment, depth, open_ | {key})
                    ]
                    return found + self._added(name, holder, environment, depth, open_ | {key})
            holder = holder.outer
        return self._imported(name, scope, depth, open_ | {key}) or self._by_value(name, scope, depth)

    def _added(
        self,
        name: ir.Name,
        holder: Function,
        environment: Environment,
        depth: int,
        open_: frozenset[str],
    ) -> list[Pattern]:
        """What `name.append(…)`, `.extend(…)` and `.insert(…)` add in the same body."""
        found: list[Pattern] = []
        for site in self.program.sites(holder):
            function = site.call.function
            if not isinstance(function, ir.Attribute) or function.name not in ("append", "extend", "insert"):
                continue
            if isinstance(function.value, ir.Name) and function.value.id == name.id and site.call.arguments:
                found += self._read(site.call.arguments[-1], holder, environment, depth, open_)
        return found

    def _imported(self, name: ir.Name, scope: Scope, depth: int, open_: frozenset[str]) -> list[Pattern]:
        """A list that another module defines: looked up by the import, and read there."""
        for module_name, original in imports_of(scope.module, name.id):
            module = self.program.modules.get(module_name)
            if module is not None and original in module.body.names:
                return self._read(ir.Name(original), module.body, {}, depth, open_)
        for source in star_sources(scope.module):
            module = self.program.modules.get(source)
            if module is not None and name.id in module.body.names:
                return self._read(name, module.body, {}, depth, open_)
        return []

    def _by_value(self, expression: ir.Expr, scope: Scope, depth: int) -> list[Pattern]:
        if isinstance(expression, ir.Attribute):
            routed = self._router(expression, scope)
            if routed:
                return routed
            dynamic = self._attribute(expression, scope, depth)
            if dynamic:
                return dynamic
        found: list[Pattern] = []
        for values in self.bench.contexts.split(self.program.values_of(scope, expression)):
            for key in site_keys(values):
                if key in self.sites:
                    holder, call = self.sites[key]
                    found.append(Pattern(call, holder, {}))
        return found

    def _router(self, expression: ir.Attribute, scope: Scope) -> list[Pattern]:
        if expression.name != "urls":
            return []
        found: list[Pattern] = []
        for value in self.program.values_of(scope, expression.value):
            if isinstance(value, InstanceValue) and self.program.is_below(value.cls, _ROUTERS):
                found += [Pattern(None, scope, {}, key) for key in site_keys((value,))]
        return found

    def _attribute(self, expression: ir.Attribute, scope: Scope, depth: int) -> list[Pattern]:
        """`module.urlpatterns`; of a module found by a computed name: of each that fits and that nothing includes."""
        found: list[Pattern] = []
        for module in self.modules.modules_of(expression.value, scope):
            if expression.name in module.body.names:
                found += self._read(ir.Name(expression.name), module.body, {}, depth, frozenset())
        return found
