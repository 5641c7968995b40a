"""Masonite's routes: groups nested in lists, and controllers named as `Name@method`.

A route's path is the sum of the groups that it stands in, a resource is seven routes, and the name of a controller is
looked up among the project's classes. No YAML rule joins these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.routers import call_key, site_keys
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, Value

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function, Module

_ROUTE = "masonite.routes.Route"
_VERBS = ("get", "post", "put", "patch", "delete", "options")
_FUNCTIONS = "masonite.helpers.routes"
_EARLIER = ("Get", "Post", "Put", "Patch", "Delete")
"""Classes of Masonite 2, whose objects are routes: `Get().route("/orders", "OrderController@show")`."""
_ANY = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ITSELF = {
    "view": "masonite.controllers.ViewController.show",
    "redirect": "masonite.controllers.RedirectController.redirect",
    "permanent_redirect": "masonite.controllers.RedirectController.redirect",
}
"""Routes that the framework answers."""
_API = (
    ("index", ("GET",), ""),
    ("store", ("POST",), ""),
    ("show", ("GET",), "/@id"),
    ("update", ("PUT", "PATCH"), "/@id"),
    ("destroy", ("DELETE",), "/@id"),
)
_RESOURCE = (*_API, ("create", ("GET",), "/create"), ("edit", ("GET",), "/@id/edit"))
_DEPTH = 8


class _Routes:
    """Routes by the calls that made them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.picker = bench.picker
        self.groups: dict[str, list[tuple[str, str]]] = {}
        """A route or group to the groups around it, each with its prefix."""
        self.controllers: dict[str, list[Class]] = {}

    def run(self) -> None:
        """Read the groups, then every route."""
        for cls in self.bench.program.all_classes:
            self.controllers.setdefault(cls.record.name, []).append(cls)
        for match in self.bench.index.calls([f"{_ROUTE}.group", "masonite.routes.RouteGroup", f"{_FUNCTIONS}.group"]):
            self._group(match.site)
        for verb in _VERBS:
            for match in self.bench.index.calls([f"{_ROUTE}.{verb}", f"{_FUNCTIONS}.{verb}"]):
                self._route(match.site, (verb.upper(),))
        for name in _EARLIER:
            for match in self.bench.index.calls(f"masonite.routes.{name}.route"):
                self._route(match.site, (name.upper(),), made_by=site_keys(match.receivers))
        for match in self.bench.index.calls(f"{_ROUTE}.any"):
            self._route(match.site, _ANY)
        for match in self.bench.index.calls(f"{_ROUTE}.match"):
            given = Given(match.site.call, match.site.function)
            texts = self.picker.texts(Pick(argument=0, keyword="request_methods"), given)
            self._route(match.site, tuple(text.upper() for text in texts), 1)
        for match in self.bench.index.calls(f"{_ROUTE}.fallback"):
            given = Given(match.site.call, match.site.function)
            for controller in self.picker.values(Pick(argument=0, keyword="controller"), given):
                self._emit(match.site, "/@route:any", ("GET",), self._handler(controller, match.site))
        for name, answers in _ITSELF.items():
            for match in self.bench.index.calls(f"{_ROUTE}.{name}"):
                for path in self._paths(match.site, Pick(argument=0, keyword="url")):
                    self._emit(match.site, path, ("GET",), None, answers)
        for name, actions in (("resource", _RESOURCE), ("api", _API)):
            for match in self.bench.index.calls(f"{_ROUTE}.{name}"):
                self._resource(match.site, actions)

    # --- groups ---------------------------------------------------------------------------------------------------

    def _group(self, site: CallSite) -> None:
        given = Given(site.call, site.function)
        prefixes = self.picker.texts(Pick(keyword="prefix"), given) or [""]
        own = call_key(site)
        for item in self.picker.rest(Pick(argument=0, rest=True), given):
            for key in self._members(item, _DEPTH):
                self.groups.setdefault(key, []).extend((own, prefix) for prefix in prefixes)

    def _members(self, values: tuple[Value, ...], depth: int) -> list[str]:
        """The places that made the routes and groups of a list."""
        found = site_keys(values)
        for value in values if depth else ():
            if isinstance(value, ContainerValue):
                for inner in self.bench.contexts.split((value,)):
                    found += self._members(inner, depth - 1)
        return list(dict.fromkeys(found))

    def _prefixes(self, key: str, depth: int = _DEPTH) -> list[str]:
        around = self.groups.get(key)
        if not around or not depth:
            return [""]
        found = [
            head + (f"/{prefix.lstrip('/')}" if prefix else "")
            for group, prefix in around
            for head in self._prefixes(group, depth - 1)
        ]
        return list(dict.fromkeys(found))

    def _paths(self, site: CallSite, pick: Pick, made_by: list[str] | None = None) -> list[str]:
        given = Given(site.call, site.function)
        keys = made_by or [call_key(site)]
        heads = list(dict.fromkeys(head for key in keys for head in self._prefixes(key)))
        return [
            head if head and url in ("", "/") else f"{head}/{url.lstrip('/')}"
            for url in self.picker.texts(pick, given) or ["{}"]
            for head in heads
        ]

    # --- routes ---------------------------------------------------------------------------------------------------

    def _route(
        self, site: CallSite, methods: tuple[str, ...], position: int = 0, made_by: list[str] | None = None
    ) -> None:
        given = Given(site.call, site.function)
        controllers = self.picker.values(Pick(argument=position + 1, keyword=["controller", "output"]), given)
        for path in self._paths(site, Pick(argument=position, keyword=["url", "route"]), made_by):
            for controller in controllers:
                self._emit(site, path, methods, self._handler(controller, site))

    def _resource(self, site: CallSite, actions: tuple[tuple[str, tuple[str, ...], str], ...]) -> None:
        given = Given(site.call, site.function)
        names = self.picker.texts(Pick(argument=1, keyword="controller"), given)
        for path in self._paths(site, Pick(argument=0, keyword="base_url")):
            for name in names:
                for action, methods, tail in actions:
                    self._emit(site, path + tail, methods, self._named(name, action, site.function.module))

    def _handler(self, controller: Value, site: CallSite) -> Function | None:
        if isinstance(controller, ConstantValue) and isinstance(controller.value, str):
            name, _, action = controller.value.partition("@")
            return self._named(name, action or "__call__", site.function.module)
        if isinstance(controller, ClassValue):
            return self.bench.program.find_method(controller.cls, "__call__")
        return next(iter(self.bench.handlers.functions((controller,), site.function.module)), None)

    def _named(self, name: str, action: str, near: Module) -> Function | None:
        """The method of the controller of this name, of several the one whose file is nearest."""
        folders = near.path.split("/")
        found: list[tuple[int, str, Function]] = []
        for cls in self.controllers.get(name.rpartition(".")[2], ()):
            method = self.bench.program.find_method(cls, action)
            if method is not None and method.is_project:
                shared = sum(1 for one, other in zip(folders, cls.module.path.split("/"), strict=False) if one == other)
                found.append((-shared, cls.id, method))
        return min(found, key=lambda item: item[:2])[2] if found else None

    def _emit(
        self, site: CallSite, path: str, methods: tuple[str, ...], handler: Function | None, answers: str = ""
    ) -> None:
        """A route; one whose controller is not in the tree is known by its path alone."""
        place = f"{site.function.module.path}:{site.line}"
        self.bench.found.entry(
            EntryPoint(
                id="",
                kind="http",
                framework="masonite",
                unit=handler.id if handler is not None else answers or f"{_ROUTE}",
                line=handler.record.line if handler is not None else site.line,
                detail=TriggerDetail(path=path, methods=methods),
                confidence=0.95 if handler is not None or answers else 0.6,
                evidence=f"route {place}",
            )
        )


def register(bench: Workbench) -> None:
    """Find all routes of a Masonite application."""
    _Routes(bench).run()
