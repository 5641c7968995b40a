"""Django's lists of URL patterns: which calls are patterns, and what stands for patterns without being a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.frameworks.reading.listed import ANYWHERE, Environment, ListReader
from discover.frameworks.routing.admin_routes import SITE
from discover.frameworks.routing.crudl_patterns import ViewPattern, crudl_patterns
from discover.frameworks.routing.rest_routes import is_unseen_router
from discover.frameworks.routing.routers import call_key, site_keys
from discover.resolve.values import ExternalValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.routing.url_modules import UrlModules
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Module, Scope

PATTERN = (
    "django.urls.path",
    "django.urls.re_path",
    "django.conf.urls.url",
    "django.urls.conf.path",
    "django.urls.conf.re_path",
    "django.urls.URLPattern",
    "django.urls.resolvers.URLPattern",
)
RESOLVER = ("django.urls.URLResolver", "django.urls.resolvers.URLResolver")
_LANGUAGE = ("django.urls.LocalePrefixPattern", "django.urls.resolvers.LocalePrefixPattern")
_LOCALISED = "django.conf.urls.i18n.i18n_patterns"
_ROUTERS = "rest_framework.routers.BaseRouter"


class Pattern(NamedTuple):
    """One pattern call where a list of patterns holds it."""

    call: ir.Call
    scope: Scope
    environment: Environment


class RouterUrls(NamedTuple):
    """The routes of a router where a list of patterns holds them."""

    router: str
    """The router's key."""


Listed = Pattern | RouterUrls | ViewPattern


class UrlPatterns(ListReader[Listed]):
    """Reads the lists."""

    opened = ListReader.opened | {_LOCALISED}

    def __init__(self, bench: Workbench, modules: UrlModules) -> None:
        super().__init__(bench)
        self.modules = modules
        self.sites: dict[str, tuple[Scope, ir.Call]] = {}
        for path in (*PATTERN, *RESOLVER):
            for match in bench.index.calls(path):
                self.sites[call_key(match.site)] = (match.site.function, match.site.call)
                self._note_given(match.site)

    def _note_given(self, site: CallSite) -> None:
        """Note as included the modules that a function is given where a view or an `include` may stand."""
        for wrapper in (*site.call.arguments[1:2], *(keyword.value for keyword in site.call.keywords)):
            for argument in self.given(wrapper) if isinstance(wrapper, ir.Call) else ():
                modules = self.modules.holding(argument, site.function)
                self.modules.included.update(module.path for module in modules)

    @staticmethod
    def given(call: ir.Call) -> list[ir.Expr]:
        """What a call is given that may be patterns."""
        return [*call.arguments, *(keyword.value for keyword in call.keywords)]

    def of_module(self, module: Module) -> list[Listed]:
        """The `urlpatterns` of a module."""
        return self.listed(ir.Name("urlpatterns"), module.body, ANYWHERE)

    def item(self, expression: ir.Expr, scope: Scope, environment: Environment) -> list[Listed] | None:
        """A pattern's call."""
        if not isinstance(expression, ir.Call):
            return None
        site = scope.unit.sites.get(expression.number)
        if site is None:
            return None
        if {external.path for external in site.externals}.isdisjoint((*PATTERN, *RESOLVER)):
            made = crudl_patterns(self.bench, site)
            return list(made) if made is not None else None
        return [Pattern(expression, scope, environment)]

    @staticmethod
    def is_resolver(call: ir.Call, scope: Scope) -> bool:
        """Whether the call puts a list of patterns below a prefix, as `include` in a `path` does."""
        site = scope.unit.sites.get(call.number)
        return site is not None and not {external.path for external in site.externals}.isdisjoint(RESOLVER)

    def is_language(self, site: CallSite) -> bool:
        """Whether the call makes the prefix of a language, which most often is left out of a path."""
        if not {external.path for external in site.externals}.isdisjoint(_LANGUAGE):
            return True
        made = [value.cls for value in site.result if isinstance(value, InstanceValue)]
        return any(self.program.is_below(cls, path) for cls in made for path in _LANGUAGE)

    def by_value(self, expression: ir.Expr, scope: Scope, depth: int) -> list[Listed]:
        """A router's `.urls`, a module's list, patterns that a value holds."""
        if isinstance(expression, ir.Attribute):
            routed = self.routers(expression, scope)
            if routed:
                return routed
            dynamic = self._attribute(expression, scope, depth)
            if dynamic:
                return dynamic
        found: list[Listed] = []
        for values in self.bench.contexts.split(self.program.values_of(scope, expression)):
            for key in site_keys(values):
                if key in self.sites:
                    holder, call = self.sites[key]
                    found.append(Pattern(call, holder, ANYWHERE))
        return found

    def is_admin_site(self, expression: ir.Attribute, scope: Scope) -> bool:
        """Whether this is the `urls` of Django's admin, or of a site of the project's own."""
        values = self.program.values_of(scope, expression.value) if expression.name == "urls" else ()
        return any(isinstance(value, InstanceValue) and self.program.is_below(value.cls, SITE) for value in values)

    def routers(self, expression: ir.Attribute, scope: Scope) -> list[Listed]:
        """The routers whose `.urls` this is: those of REST framework, and those of other libraries."""
        if expression.name != "urls":
            return []
        found: list[Listed] = []
        for value in self.program.values_of(scope, expression.value):
            if isinstance(value, InstanceValue):
                keys = site_keys((value,))
                if not self.program.is_below(value.cls, _ROUTERS):
                    keys = [key for key in keys if self.bench.routers.knows(key)]
                found += [RouterUrls(key) for key in keys]
            elif isinstance(value, ExternalValue) and is_unseen_router(value.path):
                found.append(RouterUrls(value.path))
        return found

    def _attribute(self, expression: ir.Attribute, scope: Scope, depth: int) -> list[Listed]:
        """`module.urlpatterns`; of a module found by a computed name: of each that fits and that nothing includes."""
        found: list[Listed] = []
        for module in self.modules.modules_of(expression.value, scope):
            if expression.name in module.body.names:
                found += self.read(ir.Name(expression.name), module.body, ANYWHERE, depth, frozenset())
        return found
