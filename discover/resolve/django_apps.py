"""Django's registry of apps: the models and the configurations that it gives by label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.resolve.symbols import Class
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import KeysView

    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope

GET_APP_CONFIG: Final = "django.apps.Apps.get_app_config"
_APP_CONFIG: Final = "django.apps.AppConfig"


def _get_model(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`apps.get_model("shop.Order")`, `apps.get_model("shop", "Order")`: the class of that label.

    Libraries with models that a project may put its own in place of have such a function too.
    """
    first = _texts(arguments.at(0, "app_label"))
    rest = arguments.at(1, "model_name")
    labels = [f"{app}.{name}" for app in first for name in _texts(rest)] if rest else first
    found: Values = NOTHING
    for label in labels:
        for value in engine.class_by_label(label, scope.module):
            if isinstance(value, InstanceValue):
                found = join(found, (engine.intern.class_(value.cls),))
    return found


def _label(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`swapper.get_model_name("shop", "Order")`: the label of the model, where nothing is put in its place."""
    if len(arguments.positional) < 2:
        return NOTHING
    apps, names = (_texts(values) for values in arguments.positional[:2])
    return tuple(engine.intern.constant(f"{app}.{name}") for app in apps for name in names)


def _get_app_config(
    engine: Engine,
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    """`apps.get_app_config("shop")`: the object of the project's configuration with that label, else Django's own."""
    given = arguments.at(0, "app_label")
    wanted = _texts(given)
    base = engine.names.definition(_APP_CONFIG)
    if not isinstance(base, Class):
        return NOTHING
    found: Values = NOTHING
    for cls in sorted(base.subclasses, key=lambda c: c.id) if wanted else ():
        if cls.is_project and not wanted.isdisjoint(_labels(engine, cls)):
            found = join(found, (engine.intern.instance(cls, exact=True),))
    return found or (engine.intern.instance(base),)


def _labels(engine: Engine, cls: Class) -> list[str]:
    """Under which labels a configuration is known: its `label`, else what its `name` ends in."""
    engine.ensure_class(cls)
    for attribute in ("label", "name"):
        found = engine.hierarchy.member(cls, attribute)
        texts = _texts(engine.read(found[1])) if found is not None and found[1] is not None else {}
        if texts:
            return [text.rpartition(".")[2] for text in texts]
    return []


def _texts(values: Values) -> KeysView[str]:
    return dict.fromkeys(
        v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str) and "{}" not in v.value
    ).keys()


TABLE: dict[str, Intrinsic] = {
    "swapper.load_model": _get_model,
    "swapper.get_model_name": _label,
    "oscar.core.loading.get_model": _get_model,
    "django.apps.Apps.get_model": _get_model,
    "django.apps.AppConfig.get_model": _get_model,
    GET_APP_CONFIG: _get_app_config,
}
