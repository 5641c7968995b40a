"""Flask-Classful's views: each public method of a class is a route, once the class is registered.

The path begins with what the registration, the class or the class's name says, and ends with the method's own name and
parameters; methods named `before_…` and `after_…` run around the others. No rule reads a path off names like these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.records import EntryPoint, HookEdge
from discover.frameworks.routing.routers import site_keys
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Class

_SPECIAL = {"index": "GET", "get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}
_CONVERTERS = {"str": "string:", "int": "int:", "float": "float:", "UUID": "uuid:"}
_WORDS = (re.compile("(.)([A-Z][a-z]+)"), re.compile("([a-z0-9])([A-Z])"))
_AROUND = ("before_", "after_")


def register(bench: Workbench) -> None:
    """Find the routes of every class that is registered."""
    routes = _decorated(bench, "flask_classful.route")
    verbs = _decorated(bench, "flask_classful.method")
    for match in bench.index.calls("flask_classful.FlaskView.register"):
        for receiver in match.receivers:
            if isinstance(receiver, ClassValue) and receiver.cls.is_project:
                _View(bench, receiver.cls, match).read(routes, verbs)


def _decorated(bench: Workbench, path: str) -> dict[Function, list[Decoration]]:
    found: dict[Function, list[Decoration]] = {}
    for decoration, _ in bench.index.decorations(path):
        if isinstance(decoration.definition, Function):
            found.setdefault(decoration.definition, []).append(decoration)
    return found


class _View:
    """A class as one call registers it."""

    def __init__(self, bench: Workbench, cls: Class, match: Match) -> None:
        self.bench = bench
        self.cls = cls
        self.site = match.site
        self.given = Given(match.site.call, match.site.function, None, (), None, cls)
        app = bench.picker.values(Pick(argument=0, keyword="app"), self.given)
        self.routers = site_keys(app)
        prefix = self._said("route_prefix")
        base = self._said("route_base")
        self.base = "/".join(part.strip("/") for part in (prefix, base if base is not None else self._name()) if part)
        self.slash = not self._is_off("trailing_slash")

    def read(self, routes: dict[Function, list[Decoration]], verbs: dict[Function, list[Decoration]]) -> None:
        """Add each method's routes, and what runs around it."""
        around: list[Function] = []
        entered: list[Function] = []
        for name in dict.fromkeys(name for level in self.cls.mro if level.is_project for name in level.names):
            method = self.bench.program.find_method(self.cls, name)
            if method is None or not method.is_project or name.startswith("_") or method.is_property:
                continue
            if name.startswith(_AROUND):
                around.append(method)
                continue
            entered.append(method)
            if method in routes:
                self._routed(method, routes[method])
                continue
            texts = [t for d in verbs.get(method, ()) for t in self._texts(Pick(argument=0), d)]
            tail = "" if name in _SPECIAL else f"/{name}/"
            self._emit(method, self._path(tail, method), tuple(texts) or (_SPECIAL.get(name, "GET"),))
        self._run_around(entered, around)

    def _routed(self, method: Function, decorations: list[Decoration]) -> None:
        for decoration in decorations:
            methods = tuple(self._texts(Pick(keyword="methods", default=["GET"]), decoration))
            for rule in self._texts(Pick(argument=0, keyword="rule"), decoration):
                self._emit(method, re.sub(r"//+", "/", f"/{self.base}/{rule}"), methods)

    def _texts(self, pick: Pick, decoration: Decoration) -> list[str]:
        return self.bench.picker.texts(pick, Given(decoration.call, decoration.scope))

    def _path(self, tail: str, method: Function) -> str:
        record = method.record
        required = [p for p in record.parameters[1:] if p.default is None and p.kind not in ("varargs", "kwargs")]
        parts = [f"<{_converter(p.annotation)}{p.name}>" for p in required]
        path = re.sub(r"//+", "/", "/".join(["", self.base, tail, *parts, ""]))
        return path if path == "/" or self.slash else path.rstrip("/")

    def _said(self, name: str) -> str | None:
        """What the registration says, else the class."""
        for pick in (Pick(keyword=name), Pick(attribute=name)):
            texts = self.bench.picker.texts(pick, self.given)
            if texts:
                return texts[0]
        return None

    def _is_off(self, name: str) -> bool:
        given = self.bench.picker.expression(Pick(keyword=name), self.site.call)
        if given is not None:
            return isinstance(given, ir.Constant) and given.value is False
        return False in self.bench.program.constants_of(self.bench.program.class_attribute(self.cls, name))

    def _name(self) -> str:
        name = self.cls.record.name.removesuffix("View") or self.cls.record.name
        for pattern in _WORDS:
            name = pattern.sub(r"\1-\2", name)
        return name.lower()

    def _emit(self, method: Function, path: str, methods: tuple[str, ...]) -> None:
        for whole in self.bench.routers.paths(self.routers, path):
            self.bench.found.entry(
                EntryPoint(
                    id="",
                    kind="http",
                    framework="flask_classful",
                    unit=method.id,
                    line=method.record.line,
                    receiver=self.cls.id,
                    detail=TriggerDetail(path=whole, methods=methods),
                    confidence=0.95,
                    evidence=f"registering call {self.site.function.module.path}:{self.site.line}",
                )
            )

    def _run_around(self, entered: list[Function], around: list[Function]) -> None:
        by_name = {method.record.name: method for method in around}
        for method in entered:
            for order, part in enumerate(("before_request", f"before_{method.record.name}"), 1):
                self._hook(method, by_name.get(part), order, "before")
            for order, part in enumerate((f"after_{method.record.name}", "after_request"), 3):
                self._hook(method, by_name.get(part), order, "after")

    def _hook(self, method: Function, target: Function | None, order: int, moment: str) -> None:
        if target is not None:
            self.bench.found.hook(
                HookEdge(
                    unit=method.id,
                    number=None,
                    line=method.record.line,
                    target=target.id,
                    order=order,
                    library="flask_classful",
                    moment="before" if moment == "before" else "after",
                    confidence=0.95,
                    evidence=f"named {target.record.name}",
                )
            )


def _converter(annotation: ir.Expr | None) -> str:
    name = annotation.id if isinstance(annotation, ir.Name) else getattr(annotation, "name", "")
    return _CONVERTERS.get(name, "")
