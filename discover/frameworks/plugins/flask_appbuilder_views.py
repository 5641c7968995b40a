"""Flask-AppBuilder's views: a route's path begins with what its class says, or with the class's own name.

`@expose("/list")` stands on a method, and every class that inherits the method has that route under its own
`route_base`, `resource_name` or name; a YAML rule sees one decorated function, and no template of a class's attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ClassValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration

_EXPOSE = "flask_appbuilder.expose"
_VIEW = "flask_appbuilder.BaseView"
_API = "flask_appbuilder.api.BaseApi"
_REGISTER = [f"flask_appbuilder.AppBuilder.{name}" for name in ("add_view", "add_view_no_menu", "add_api")]
_OWN = {
    "flask_appbuilder.api.ModelRestApi": (
        ("info", "GET", "/_info"),
        ("get_list", "GET", "/"),
        ("get", "GET", "/<pk>"),
        ("post", "POST", "/"),
        ("put", "PUT", "/<pk>"),
        ("delete", "DELETE", "/<pk>"),
    ),
    "flask_appbuilder.ModelView": (
        ("list", "GET", "/list/"),
        ("show", "GET", "/show/<pk>"),
        ("add", "GET,POST", "/add"),
        ("edit", "GET,POST", "/edit/<pk>"),
        ("delete", "GET,POST", "/delete/<pk>"),
    ),
}
"""The routes that the library's own classes bring along: method, HTTP methods, path."""


def register(bench: Workbench) -> None:
    """Find the routes of every view and API class."""
    exposed: dict[Function, list[Decoration]] = {}
    for decoration, _ in bench.index.decorations(_EXPOSE):
        if isinstance(decoration.definition, Function):
            exposed.setdefault(decoration.definition, []).append(decoration)
    registered = _registered(bench)
    for cls in (*bench.program.subclasses_of(_VIEW), *bench.program.subclasses_of(_API)):
        if cls in registered or not cls.subclasses:
            _routes(bench, cls, exposed)


def _registered(bench: Workbench) -> set[Class]:
    """The classes that the application is given; others may only be there to be inherited from."""
    found: set[Class] = set()
    for match in bench.index.calls(_REGISTER):
        values = bench.picker.values(Pick(argument=0, keyword="baseview"), Given(match.site.call, match.site.function))
        found |= {value.cls for value in values if isinstance(value, ClassValue | InstanceValue)}
    return found


def _routes(bench: Workbench, cls: Class, exposed: dict[Function, list[Decoration]]) -> None:
    base = _base(bench, cls)
    kept = _kept(bench, cls)
    names = dict.fromkeys(name for level in cls.mro if level.is_project for name in level.names)
    for name in filter(kept, names):
        method = bench.program.find_method(cls, name)
        for decoration in exposed.get(method, ()) if method is not None else ():
            given = Given(decoration.call, decoration.scope, None, (), method, cls)
            methods = bench.picker.texts(Pick(argument=1, keyword="methods", default=["GET"]), given)
            for path in bench.picker.texts(Pick(argument=0, keyword="url", default="/"), given):
                _emit(bench, cls, method, base + path, tuple(methods))
    for path, routes in _OWN.items():
        if bench.program.is_below(cls, path):
            for name, verbs, tail in routes:
                method = bench.program.find_method(cls, name)
                if kept(name) and (method is None or not method.is_project):
                    _emit(bench, cls, None, base + tail, tuple(verbs.split(",")))


def _kept(bench: Workbench, cls: Class) -> Callable[[str], bool]:
    """Which of its methods' routes a class has: all, those that it includes, never those that it excludes."""
    included = _attribute(bench, cls, "include_route_methods")
    excluded = _attribute(bench, cls, "exclude_route_methods")
    return lambda name: (not included or name in included) and name not in excluded


def _attribute(bench: Workbench, cls: Class, name: str) -> list[str]:
    """The texts of a class's attribute."""
    return bench.picker.texts(Pick(attribute=name), Given(None, cls.module.body, None, (), None, cls))


def _base(bench: Workbench, cls: Class) -> str:
    """What stands before the paths of a class."""

    def attribute(name: str) -> str:
        return next(iter(_attribute(bench, cls, name)), "")

    base = attribute("route_base")
    if base:
        return base.rstrip("/")
    name = cls.record.name.lower()
    if bench.program.is_below(cls, _API):
        return f"/api/{attribute('version') or 'v1'}/{(attribute('resource_name') or name).lower()}"
    return f"/{name}"


def _emit(bench: Workbench, cls: Class, method: Function | None, path: str, methods: tuple[str, ...]) -> None:
    unit = method or cls
    bench.found.entry(
        EntryPoint(
            id="",
            kind="http",
            framework="flask_appbuilder",
            unit=unit.id,
            line=unit.record.line,
            receiver=cls.id,
            detail=TriggerDetail(path=path, methods=methods),
            confidence=0.95,
            evidence=f"view class {cls.module.path}:{cls.record.line}",
        )
    )
