"""Who answers a Django URL pattern, and with which HTTP methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.imports import imports_of
from discover.frameworks.reading.listed import Environment
from discover.frameworks.rules.handlers import VIEW_METHODS, Handler, is_nested
from discover.frameworks.rules.made_closures import handlers_behind
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, ModuleValue, Values

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Scope

_ONLY = {
    "django.views.decorators.http.require_POST": ("POST",),
    "django.views.decorators.http.require_GET": ("GET",),
    "django.views.decorators.http.require_safe": ("GET", "HEAD"),
}
_LISTED = ("django.views.decorators.http.require_http_methods", "rest_framework.decorators.api_view")


class UrlViews:
    """Finds the views behind decorators, `as_view` and wrapping calls."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self._methods: dict[Function, tuple[str, ...]] = {}
        self._read_methods()

    def _read_methods(self) -> None:
        for path, verbs in _ONLY.items():
            for decoration, _ in self.bench.index.decorations(path):
                if isinstance(decoration.definition, Function):
                    self._methods[decoration.definition] = verbs
        for decoration, _ in self.bench.index.decorations(list(_LISTED)):
            if (
                isinstance(decoration.definition, Function)
                and decoration.call is not None
                and decoration.call.arguments
            ):
                values = self.program.values_of(decoration.scope, decoration.call.arguments[0])
                verbs = tuple(str(v).upper() for v in self.program.constants_of(values))
                self._methods[decoration.definition] = verbs or ("GET",)

    def seen(self, expression: ir.Expr, scope: Scope, environment: Environment) -> Values:
        """What an expression can be, as the call and the round of a comprehension have it that it is seen from."""
        frame = environment.frame
        seen = self.bench.contexts.values(scope, expression, frame) if frame is not None else NOTHING
        return seen or self.program.values_of(scope, expression)

    def handlers(
        self, view: ir.Expr, scope: Scope, environment: Environment, depth: int = 4
    ) -> list[tuple[Handler, tuple[str, ...]]]:
        """Who answers: the view behind its decorators, with the HTTP methods as far as they are known."""
        values = self.seen(view, scope, environment)
        if isinstance(view, ir.Name | ir.Attribute) and depth:
            mapped = self._mapped_before(view, scope) or self._wrapped_before(view, scope, values, depth)
            if mapped:
                return mapped
        if isinstance(view, ir.Call) and depth:
            mapped = self._mapped(view, scope)
            if mapped:
                return mapped
            if isinstance(view.function, ir.Attribute) and view.function.name == "as_view":
                base = self.seen(view.function.value, scope, environment)
                values = tuple(v for v in base if isinstance(v, ClassValue)) or values
            behind = self.bench.closures.look(scope, view, environment.frame).behind
            is_closure = any(is_nested(one.function) for one in behind)
            inner = self._in_wrapper(view, scope, environment, values, depth) if is_closure or not behind else []
            if inner:
                return inner
            if behind:
                made = handlers_behind(self.bench.found, "django", behind)
                return [(handler, self.verbs(handler)) for handler in made]
        found = self.bench.handlers.find(values, list(VIEW_METHODS), scope.module)
        if not found and isinstance(view, ir.Call) and depth:
            return self._wrapped(view, scope, environment, depth)
        answering = [(handler, self.verbs(handler)) for handler in found]
        kept = [(handler, let_through(self.program, handler.cls, verbs)) for handler, verbs in answering]
        # a view that lets nothing through keeps its route, which the framework makes all the same
        return [one for one, whole in zip(kept, answering, strict=True) if one[1] or not whole[1]] or answering

    def _in_wrapper(
        self, view: ir.Call, scope: Scope, environment: Environment, values: Values, depth: int
    ) -> list[tuple[Handler, tuple[str, ...]]]:
        """`counted(View.as_view())`: the view that a wrapper of the project is given, with the wrapper around it."""
        site = scope.unit.sites.get(view.number)
        if site is None or not (site.targets or _gives_back(site)):
            return []
        wrappers = self.bench.handlers.wrappers(values)
        if not wrappers and self.bench.handlers.classes(values):
            return []
        inner = self._wrapped(view, scope, environment, depth)
        for handler, _ in inner:
            if site.targets and handler.cls is not None:
                handler.around = (*wrappers, *handler.around)
        return inner

    def _wrapped(
        self, view: ir.Call, scope: Scope, environment: Environment, depth: int
    ) -> list[tuple[Handler, tuple[str, ...]]]:
        """The view that a call is given: `never_cache(View.as_view())`."""
        for argument in view.arguments:
            inner = self.handlers(argument, scope, environment, depth - 1)
            if inner:
                return inner
        return []

    def _wrapped_before(
        self, view: ir.Name | ir.Attribute, scope: Scope, values: Values, depth: int
    ) -> list[tuple[Handler, tuple[str, ...]]]:
        """`orders = signed_in(Orders.as_view())`, here or in another module, which a pattern names."""
        wrappers = [v for v in values if isinstance(v, FunctionValue) and is_nested(v.function)]
        for holder, name in self._holders(view, scope) if wrappers else ():
            given = self.bench.contexts.assignments(holder).get(name, [])
            if len(given) == 1 and isinstance(given[0], ir.Call):
                found = self.handlers(given[0], holder, Environment({}, None), depth - 1)
                return found if any(handler.cls is not None for handler, _ in found) else []
        return []

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

    def _mapped_before(self, view: ir.Name | ir.Attribute, scope: Scope) -> list[tuple[Handler, tuple[str, ...]]]:
        """`orders = ViewSet.as_view({"get": "list"})`, here or in another module, which a pattern names."""
        found: list[tuple[Handler, tuple[str, ...]]] = []
        for holder, name in self._holders(view, scope):
            for value in self.bench.contexts.assignments(holder).get(name, []):
                found += self._mapped(value, holder) if isinstance(value, ir.Call) else []
        return found

    def _holders(self, view: ir.Name | ir.Attribute, scope: Scope) -> list[tuple[Function, str]]:
        """The bodies that may assign what a pattern names, each with its name there."""
        if isinstance(view, ir.Attribute):
            modules = [v.module for v in self.program.values_of(scope, view.value) if isinstance(v, ModuleValue)]
            return [(module.body, view.name) for module in modules]
        imported = [(self.program.modules.get(source), name) for source, name in imports_of(scope.module, view.id)]
        elsewhere = [(module.body, name) for module, name in imported if module is not None]
        return list(dict.fromkeys([(scope.unit, view.id), (scope.module.body, view.id), *elsewhere]))

    def verbs(self, handler: Handler) -> tuple[str, ...]:
        """The HTTP methods that a handler answers, as far as they are known."""
        if handler.methods:
            return tuple(m.upper() for m in handler.methods)
        return self._methods.get(handler.function, ()) if handler.function is not None else ()


def _gives_back(site: CallSite) -> bool:
    """Whether a library's decorator gives the function back that it is given."""
    given = [value for values in site.arguments for value in values if isinstance(value, FunctionValue)]
    return bool(given) and all(value in given for value in site.result)


def let_through(program: Program, cls: Class | None, verbs: tuple[str, ...]) -> tuple[str, ...]:
    """The HTTP methods that a view class's own `http_method_names` lets through."""
    if cls is None or not verbs:
        return verbs
    values = program.class_attribute(cls, "http_method_names")
    names = {str(constant).upper() for constant in program.constants_of(values)}
    return tuple(verb for verb in verbs if verb in names) if names else verbs
