"""Which modules hold Django's lists of URL patterns, and which of them another one includes."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import within
from discover.frameworks.reading.imports import sources_of, star_sources
from discover.resolve.values import ConstantValue, ContainerValue, ModuleValue, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Module, Scope

_LIST = "urlpatterns"
INCLUDE = ("django.urls.include", "django.conf.urls.include", "django.urls.conf.include")


class UrlModules:
    """The modules with patterns."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.included: set[str] = set()
        """Paths of the modules that another one includes."""
        self.holders = [m for m in self.program.modules.values() if _LIST in m.body.names]
        self._note_included(self.holders)

    def roots(self) -> list[Module]:
        """The modules that the settings name."""
        roots: dict[str, Module] = {}
        for text in self.program.texts_of(self.program.setting("ROOT_URLCONF")):
            module = self.program.modules.get(text) or self._fitting(text)
            if module is not None:
                roots[module.path] = module
        return list(roots.values())

    def _fitting(self, text: str) -> Module | None:
        """The one module that `"{}.urls".format(site)` may name: it holds patterns, and nothing includes it."""
        if "{}" not in text:
            return None
        pattern = re.compile(re.escape(text).replace(re.escape("{}"), r"\w+"))
        fitting = [m for m in self.holders if m.path not in self.included and pattern.fullmatch(m.name)]
        return fitting[0] if len(fitting) == 1 else None

    def _note_included(self, holders: list[Module]) -> None:
        for path in INCLUDE:
            for match in self.bench.index.calls(path):
                if match.site.arguments:
                    for value in self.opened(match.site.arguments[0]):
                        module = self.module_of(value, match.site.function.module)
                        if module is not None:
                            self.included.add(module.path)
        for module in holders:
            self.included.update(source.path for source in self._taken_over(module) if source is not module)

    def _taken_over(self, module: Module) -> list[Module]:
        """The modules whose `urlpatterns` another holder of patterns names: imported, with a star, or by the dot."""
        names = [*star_sources(module), *sources_of(module, _LIST)]
        found = [self.program.modules[name] for name in names if name in self.program.modules]
        for node in within(module.facts.body):
            if isinstance(node, ir.Attribute) and node.name == _LIST:
                values = self.program.values_of(module.body, node.value)
                found += [value.module for value in values if isinstance(value, ModuleValue)]
        return [source for source in found if source.is_project and _LIST in source.body.names]

    @staticmethod
    def opened(values: Values) -> Values:
        """`(what, "namespace")` stands for what."""
        found: Values = ()
        for value in values:
            first = value.items.get(0) if isinstance(value, ContainerValue) and value.kind == "tuple" else None
            found = (*found, *first.values) if first is not None else (*found, value)
        return found

    def module_of(self, value: object, near: Module) -> Module | None:
        """The module that an included value means: itself, or the one that a string names."""
        if isinstance(value, ModuleValue) and value.module.is_project:
            return value.module
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            for named in self.program.named(value.value, near):
                if isinstance(named, ModuleValue) and named.module.is_project:
                    return named.module
        return None

    def holding(self, expression: ir.Expr, scope: Scope) -> list[Module]:
        """The modules with patterns that an expression names, or is."""
        values = self.opened(self.program.values_of(scope, expression))
        modules = [self.module_of(value, scope.module) for value in values]
        return [module for module in modules if module is not None and _LIST in module.body.names]

    def modules_of(self, expression: ir.Expr, scope: Scope) -> list[Module]:
        """The modules that an expression stands for; by a computed name, each that fits and that nothing includes."""
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
        self.included.update(m.path for m in found if _LIST not in m.body.names)
        return [m for m in found if m.path not in self.included]
