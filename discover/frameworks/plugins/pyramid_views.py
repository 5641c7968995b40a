"""Pyramid's views: a route has its path where it is added, and its view elsewhere, joined by the route's name.

The path also begins with the prefixes of the `include` calls on the way to the function that adds the route, a class
says defaults for the views in it, and a view without a route is found by traversal. A YAML rule sees one call alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint, Problem
from discover.frameworks.routing.route_prefixes import RoutePrefixes
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.handlers import Handler
from discover.model import TriggerDetail
from discover.resolve.symbols import Class
from discover.resolve.values import ClassValue, ExternalValue, Value

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Module

_CONFIG = "pyramid.config.Configurator"
_DEFAULTS = "pyramid.view.view_defaults"
_NAME = Pick(argument=0, keyword="name")
_PATTERN = Pick(argument=1, keyword=["pattern", "path"])
_ROUTE_METHODS = Pick(argument=8, keyword="request_method")
_VIEW = Pick(argument=0, keyword="view")
_STATIC = "pyramid.static.static_view"


class _Route(NamedTuple):
    """A route, below one of the prefixes that it may stand under."""

    path: str
    methods: tuple[str, ...]
    module: Module


class _View(NamedTuple):
    """What one view configuration says."""

    routes: list[str]
    methods: tuple[str, ...]
    name: str
    context: tuple[Value, ...]
    attribute: str


class _Views:
    """Joins views with routes."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.picker = bench.picker
        self.prefixes = RoutePrefixes(bench, f"{_CONFIG}.include", "includeme", f"{_CONFIG}.route_prefix_context")
        self.routes: dict[str, list[_Route]] = {}
        self.defaults: dict[Class, Decoration] = {}

    def run(self) -> None:
        """All routes first, then what names them."""
        for match in self.bench.index.calls(f"{_CONFIG}.add_route"):
            for given in self.bench.seen(match.site, [_NAME, _PATTERN, _ROUTE_METHODS]):
                self._route(given, match.site.line)
        for match in self.bench.index.calls(f"{_CONFIG}.add_static_view"):
            for given in self.bench.seen(match.site, [_NAME]):
                self._static(given, match.site.line)
        for decoration, _ in self.bench.index.decorations(_DEFAULTS):
            if isinstance(decoration.definition, Class):
                self.defaults[decoration.definition] = decoration
        for decoration, _ in self.bench.index.decorations("pyramid.view.view_config"):
            self._decorated(decoration)
        for match in self.bench.index.calls(f"{_CONFIG}.add_view"):
            route, name = Pick(argument=5, keyword="route_name"), Pick(argument=1, keyword="name")
            for given in self.bench.seen(match.site, [_VIEW, route, name, Pick(keyword="request_method")]):
                self._added(given, match.site.line)

    # --- routes ---------------------------------------------------------------------------------------------------

    def _route(self, given: Given, line: int) -> None:
        function = given.scope.unit
        methods = tuple(text.upper() for text in self.picker.texts(_ROUTE_METHODS, given))
        patterns = self.picker.texts(_PATTERN, given)
        for name in self.picker.texts(_NAME, given):
            for prefix in self.prefixes.before(function, line):
                for pattern in patterns or ["{}"]:
                    route = _Route(_whole(prefix, pattern), methods, function.module)
                    known = self.routes.setdefault(name, [])
                    if route not in known:
                        known.append(route)

    def _static(self, given: Given, line: int) -> None:
        """Files, or with a URL for a name, files that another server answers."""
        for name in self.picker.texts(_NAME, given):
            for prefix in self.prefixes.before(given.scope.unit, line) if "//" not in name else ():
                path = _whole(prefix, f"{name.rstrip('/')}/*subpath")
                detail = TriggerDetail(path=path, methods=("GET",))
                self._emit(_STATIC, line, "", "http", detail, f"{given.scope.module.path}:{line}", 0.95)

    def _nearest(self, name: str, module: Module) -> list[_Route]:
        """The routes of a name; of several applications in one tree those that stand nearest to the view."""
        routes = self.routes.get(name, [])
        if len({route.path for route in routes}) < 2:
            return routes
        near = max(_shared(route.module.path, module.path) for route in routes)
        return [route for route in routes if _shared(route.module.path, module.path) == near]

    # --- views ----------------------------------------------------------------------------------------------------

    def _decorated(self, decoration: Decoration) -> None:
        definition = decoration.definition
        owner = definition if isinstance(definition, Class) else definition.owner
        given = Given(decoration.call, decoration.scope)
        view = self._view(given, owner)
        if isinstance(definition, Class):
            handlers = self.bench.handlers.methods(definition, [view.attribute or "__call__"])
        else:
            handlers = [Handler(definition, owner)]
        for handler in handlers:
            self._answered(view, handler, definition.module, decoration.line)

    def _added(self, given: Given, line: int) -> None:
        values = self.picker.values(_VIEW, given)
        for cls in self.bench.handlers.classes(values) or [None]:
            view = self._view(given, cls, Pick(argument=5, keyword="route_name"), Pick(argument=1, keyword="name"))
            chosen = tuple(v for v in values if isinstance(v, ClassValue) and v.cls is cls) if cls else values
            handlers = self.bench.handlers.find(chosen, [view.attribute or "__call__"], given.scope.module)
            for handler in handlers:
                self._answered(view, handler, given.scope.module, line)
            if not handlers and not any(isinstance(v, ExternalValue) for v in values):
                what, reason = "view added", "handler not known"
                self.bench.found.problem(Problem(unit=given.scope.unit.id, line=line, what=what, reason=reason))

    def _view(self, given: Given, owner: Class | None, route: Pick | None = None, name: Pick | None = None) -> _View:
        """What a view configuration says, filled up with its class's defaults."""
        default = self._default(owner)

        def texts(pick: Pick) -> list[str]:
            return self.picker.texts(pick, given) or (self.picker.texts(pick, default) if default else [])

        context = self.picker.values(Pick(keyword=["context", "for_"]), given)
        return _View(
            routes=texts(route or Pick(keyword="route_name")),
            methods=tuple(text.upper() for text in texts(Pick(argument=6, keyword="request_method"))),
            name=next(iter(texts(name or Pick(keyword="name"))), ""),
            context=context,
            attribute=next(iter(texts(Pick(keyword="attr"))), ""),
        )

    def _default(self, owner: Class | None) -> Given | None:
        for level in owner.mro if owner is not None else ():
            decoration = self.defaults.get(level)
            if decoration is not None:
                return Given(decoration.call, decoration.scope)
        return None

    def _answered(self, view: _View, handler: Handler, module: Module, line: int) -> None:
        place = f"{module.path}:{line}"
        receiver = handler.cls.id if handler.cls is not None else ""
        if any(_is_exception(value) for value in view.context):
            detail = TriggerDetail(name="error handler")
            self._emit(handler.unit, handler.line, receiver, "hook", detail, place, 0.95)
            return
        found: list[tuple[str, tuple[str, ...], float]] = []
        for name in view.routes:
            routes = self._nearest(name, module)
            found += [(route.path, view.methods or route.methods, 0.95) for route in routes]
            if not routes:
                found.append(("{}", view.methods, 0.5))
        if not view.routes:
            found.append((f"/*traverse/{view.name}".rstrip("/"), view.methods, 0.9))
        for path, methods, confidence in found:
            detail = TriggerDetail(path=path, methods=methods)
            self._emit(handler.unit, handler.line, receiver, "http", detail, place, confidence)

    def _emit(
        self, unit: str, line: int, receiver: str, kind: TriggerKind, detail: TriggerDetail, place: str, sure: float
    ) -> None:
        evidence = f"view configuration {place}"
        self.bench.found.entry(
            EntryPoint(
                id="",
                kind=kind,
                framework="pyramid",
                unit=unit,
                line=line,
                receiver=receiver,
                detail=detail,
                confidence=sure,
                evidence=evidence,
            )
        )


def register(bench: Workbench) -> None:
    """Find all views of a Pyramid application."""
    _Views(bench).run()


def _whole(prefix: str, pattern: str) -> str:
    """Below a prefix there is a slash even before an empty pattern, as the framework has it."""
    return "/" + f"{prefix.rstrip('/')}/{pattern.lstrip('/')}".lstrip("/")


def _shared(first: str, second: str) -> int:
    """How many folders two files have in common."""
    pairs = zip(first.split("/")[:-1], second.split("/")[:-1], strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _is_exception(value: Value) -> bool:
    """Whether a view's context is an exception: then the view answers when that is raised."""
    if isinstance(value, ExternalValue):
        return value.path.startswith(("pyramid.httpexceptions.", "pyramid.exceptions."))
    return isinstance(value, ClassValue) and any(level.path == "builtins.BaseException" for level in value.cls.mro)
