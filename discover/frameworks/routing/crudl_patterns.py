"""URL patterns that smartmin makes of a class: `OrderCRUDL().as_urlpatterns()` has one for each of its actions.

The action `bulk_edit` is answered by the class `BulkEdit` within the class, below the path of its model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.frameworks.reading.evaluation import DEPTH, Evaluation
from discover.frameworks.reading.frames import Frame
from discover.resolve.values import ClassValue, InstanceValue, SuperValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function

AS_PATTERNS = "smartmin.views.SmartCRUDL.as_urlpatterns"
_ONE_OBJECT = "smartmin.views.derive_single_object_url_pattern"
_DEFAULT_ACTIONS = ("create", "read", "update", "delete", "list")
_LIST = "smartmin.views.SmartListView"
_OF_ALL = "smartmin.views.SmartView"


class ViewPattern(NamedTuple):
    """A view of the project below a route, of which no call of the project's makes a pattern."""

    view: Class
    route: str
    holder: Class


def crudl_patterns(bench: Workbench, site: CallSite) -> list[ViewPattern] | None:
    """The patterns that a call makes; None where it makes none of this kind."""
    receivers = [one.receiver for one in site.externals if one.path == AS_PATTERNS]
    if not receivers:
        return None
    objects = [one.receiver if isinstance(one, SuperValue) else one for one in receivers]
    classes = [one.cls for one in objects if isinstance(one, InstanceValue) and one.cls.is_project]
    return [pattern for cls in dict.fromkeys(classes) for pattern in _patterns(bench, cls)]


def _patterns(bench: Workbench, cls: Class) -> Iterator[ViewPattern]:
    path = _path(bench, cls)
    for action in _texts(bench, cls, "actions") or _DEFAULT_ACTIONS:
        name = "".join(word.capitalize() for word in action.split("_"))
        for value in bench.program.class_attribute(cls, name):
            if isinstance(value, ClassValue) and value.cls.is_project:
                for route in _routes(bench, value.cls, path, action):
                    yield ViewPattern(value.cls, route, cls)


def _path(bench: Workbench, cls: Class) -> str:
    """What the class says, else its model's name."""
    for name in ("path", "model_name"):
        for text in _texts(bench, cls, name):
            return text if name == "path" else text.lower()
    models = [v.cls for v in bench.program.class_attribute(cls, "model") if isinstance(v, ClassValue)]
    return models[0].record.name.lower() if len(models) == 1 else "{}"


def _routes(bench: Workbench, view: Class, path: str, action: str) -> list[str]:
    method = bench.program.find_method(view, "derive_url_pattern")
    if method is not None and method.is_project:
        return _derived(bench, method, view, path, action)
    owner = method.owner.path if method is not None and method.owner is not None else _OF_ALL
    if owner == _LIST and action == "list":
        return [f"^{path}/$"]
    return [f"^{path}/{action}/$" if owner in (_OF_ALL, _LIST) else _of_one(bench, view, path, action)]


def _of_one(bench: Workbench, view: Class, path: str, action: str) -> str:
    slug = next(iter(_texts(bench, view, "slug_url_kwarg")), "")
    return rf"^{path}/{action}/(?P<{slug}>[^/]+)/$" if slug else rf"^{path}/{action}/(?P<pk>\d+)/$"


def _derived(bench: Workbench, method: Function, view: Class, path: str, action: str) -> list[str]:
    """What a class method of the project makes of the path and the action."""
    constant = bench.program.engine.intern.constant
    names = [parameter.name for parameter in method.record.parameters[1:3]]
    bound = {name: (constant(text),) for name, text in zip(names, (path, action), strict=False)}
    found: list[str] = []
    for expression in bench.contexts.returned(method):
        values = Evaluation(bench.contexts, Frame(method)).values(method, expression, bound, frozenset(), DEPTH)
        found += bench.program.texts_of(values)
        sites = [method.sites[number] for number in method.sites if method.sites[number].call is expression]
        if any(external.path == _ONE_OBJECT for site in sites for external in site.externals):
            found.append(_of_one(bench, view, path, action))
    return list(dict.fromkeys(found)) or ["{}"]


def _texts(bench: Workbench, cls: Class, name: str) -> list[str]:
    values = bench.program.class_attribute(cls, name)
    return bench.program.texts_of((*values, *bench.program.elements_of(values)))
