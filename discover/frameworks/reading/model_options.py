"""What Django's `Model._meta` says of a model of the project: the app's label and the model's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ClassValue, ConstantValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class

_MODEL = "django.db.models.Model"
_APP = "django.apps.AppConfig"
_NAMES = frozenset({"app_label", "model_name", "object_name", "label", "label_lower"})


def is_option(expression: ir.Attribute) -> bool:
    """Whether an expression asks a model's options for a name: `model._meta.model_name`."""
    return expression.name in _NAMES and isinstance(expression.value, ir.Attribute) and expression.value.name == "_meta"


def option_of(program: Program, models: Values, name: str) -> Values:
    """What the options of the models say; nothing where one is no model of the project."""
    classes = [value.cls for value in models if isinstance(value, ClassValue | InstanceValue)]
    if len(classes) != len(models) or not all(cls.is_project and program.is_below(cls, _MODEL) for cls in classes):
        return NOTHING
    constant = program.engine.intern.constant
    return tuple(dict.fromkeys(constant(_said(program, cls, name)) for cls in classes))


def _said(program: Program, cls: Class, name: str) -> str:
    object_name = cls.record.name
    label = _app_label(program, cls)
    return {
        "app_label": label,
        "model_name": object_name.lower(),
        "object_name": object_name,
        "label": f"{label}.{object_name}",
        "label_lower": f"{label}.{object_name.lower()}",
    }[name]


def _app_label(program: Program, cls: Class) -> str:
    """The label that the model's `Meta` says, that of the app around its module, or the package of its models."""
    for meta in program.class_attribute(cls, "Meta"):
        for text in _texts(program, meta.cls, "app_label") if isinstance(meta, ClassValue) else ():
            return text
    module = cls.module.name
    around = [
        (name, label)
        for app in program.subclasses_of(_APP)
        for name in _texts(program, app, "name")
        for label in (_texts(program, app, "label") or [name.rpartition(".")[2]])
        if module.startswith(f"{name}.")
    ]
    if around:
        return max(around, key=lambda app: len(app[0]))[1]
    parts = module.split(".")
    if "models" in parts[1:]:
        return parts[parts.index("models", 1) - 1]
    return parts[-2] if len(parts) > 1 else parts[-1]


def _texts(program: Program, cls: Class, name: str) -> list[str]:
    values = program.class_attribute(cls, name)
    return [value.value for value in values if isinstance(value, ConstantValue) and isinstance(value.value, str)]
