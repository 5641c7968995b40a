"""What Django's `Model._meta` says of a model of the project: the app's label and the model's names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class

_MODEL = "django.db.models.Model"
_APP = "django.apps.AppConfig"
_NAMES = frozenset({"app_label", "model_name", "object_name", "label", "label_lower"})


def is_option(expression: ir.Attribute) -> bool:
    """Whether an expression asks a model's options for a name: `model._meta.model_name`."""
    return expression.name in _NAMES and isinstance(expression.value, ir.Attribute) and expression.value.name == "_meta"


class ModelOptions:
    """Says them; the label of each model's app is looked up once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._labels: dict[Class, str] = {}

    def of(self, models: Values, name: str) -> Values:
        """What the options of the models say; nothing where one is no model of the project."""
        classes = [value.cls for value in models if isinstance(value, ClassValue | InstanceValue)]
        is_below = self._program.is_below
        if len(classes) != len(models) or not all(cls.is_project and is_below(cls, _MODEL) for cls in classes):
            return NOTHING
        constant = self._program.engine.intern.constant
        return tuple(dict.fromkeys(constant(self._said(cls, name)) for cls in classes))

    def _said(self, cls: Class, name: str) -> str:
        if cls not in self._labels:
            self._labels[cls] = self._app_label(cls)
        label, object_name = self._labels[cls], cls.record.name
        return {
            "app_label": label,
            "model_name": object_name.lower(),
            "object_name": object_name,
            "label": f"{label}.{object_name}",
            "label_lower": f"{label}.{object_name.lower()}",
        }[name]

    def _app_label(self, cls: Class) -> str:
        """The label that the model's `Meta` says, that of the app around its module, or the package of its models."""
        for meta in self._program.class_attribute(cls, "Meta"):
            for text in self._texts(meta.cls, "app_label") if isinstance(meta, ClassValue) else ():
                return text
        module = cls.module.name
        around = [app for app in self._apps if module.startswith(f"{app[0]}.")]
        if around:
            return max(around, key=lambda app: len(app[0]))[1]
        parts = module.split(".")
        if "models" in parts[1:]:
            return parts[parts.index("models", 1) - 1]
        return parts[-2] if len(parts) > 1 else parts[-1]

    @cached_property
    def _apps(self) -> list[tuple[str, str]]:
        """The packages of the project's apps, each with the label."""
        return [
            (name, label)
            for app in self._program.subclasses_of(_APP)
            for name in self._texts(app, "name")
            for label in (self._texts(app, "label") or [name.rpartition(".")[2]])
        ]

    def _texts(self, cls: Class, name: str) -> list[str]:
        return self._program.texts_of(self._program.class_attribute(cls, name))
