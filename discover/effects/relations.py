"""Django's relations by name: `order.positions` is a manager of whatever model declares that related name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.effects.models import DJANGO_MODEL
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class

_MANY_TO_MANY = ("ManyToManyField", "ManyToManyKey", "GenericRelation", "TaggableManager")
_TO_ONE = ("ForeignKey", "ParentalKey", "TreeForeignKey")


class Relations:
    """The names under which the project's models reach many others, with the models at the other end."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ends: dict[str, dict[str, None]] = {}
        for cls in program.classes.values():
            if any(base.path == DJANGO_MODEL or _looks_like_model(base) for base in cls.mro[1:]):
                for statement in cls.record.body:
                    if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call):
                        self._field(cls, statement, statement.value)

    def __bool__(self) -> bool:
        return bool(self._ends)

    def __contains__(self, name: str) -> bool:
        return name in self._ends

    def model(self, name: str) -> str:
        """The model at the other end; empty when several models share the name."""
        ends = self._ends.get(name, {})
        return next(iter(ends)) if len(ends) == 1 else ""

    def _field(self, cls: Class, statement: ir.Assign, call: ir.Call) -> None:
        kind = ending(call.function)
        if kind.endswith(_MANY_TO_MANY):
            for target in statement.targets:
                if isinstance(target, ir.Name):
                    self._add(target.id, self._label(call))
        elif not kind.endswith(_TO_ONE):
            return
        if kind.endswith(("GenericRelation", "TaggableManager")):
            return
        related = next((k.value for k in call.keywords if k.name == "related_name"), None)
        if related is None:
            self._add(f"{cls.record.name.lower()}_set", cls.record.name)
        elif isinstance(related, ir.Constant) and isinstance(related.value, str):
            name = related.value.replace("%(class)s", cls.record.name.lower())
            if name and not name.endswith("+") and "%" not in name:
                self._add(name, cls.record.name)

    def _label(self, call: ir.Call) -> str:
        """The model that a field names: a class, a label, or a setting that holds one (`settings.AUTH_USER_MODEL`)."""
        given = [*call.arguments[:1], *(k.value for k in call.keywords if k.name == "to")]
        if not given:
            return ""
        if isinstance(given[0], ir.Constant) and isinstance(given[0].value, str):
            return given[0].value.rpartition(".")[2]
        name = ending(given[0])
        named = self._program.engine.setting_class(name) if name.isupper() else ()
        return next((value.cls.record.name for value in named if isinstance(value, ClassValue)), name)

    def _add(self, name: str, model: str) -> None:
        self._ends.setdefault(name, {})[model] = None


def _looks_like_model(cls: Class) -> bool:
    """An external base that no stub describes, in a `models` module: a package's abstract model."""
    return cls.is_opaque and ("models" in cls.path.split(".") or cls.path.endswith("Model"))
