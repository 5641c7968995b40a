"""What callers pass for a parameter that is annotated with a builtin type: no other object of the project's classes.

All callers' values are joined, so a helper's `rows: list[dict]` would also be given what its caller's callers pass on
elsewhere. Objects that a library's class lets be gone through (a query set) pass for the builtin containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_none
from discover.resolve.values import InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function, Scope

_BUILTIN = frozenset({"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"})
_WITHOUT_MEANING = frozenset({"Optional", "Union"})


def fitting(engine: Engine, function: Function, annotation: ir.Expr, values: Values) -> Values:
    """Of the values those that the annotation lets be there, as far as it names builtin types alone."""
    if not any(type(value) is InstanceValue and value.cls.is_project for value in values):
        return values
    scope = function.outer or function.module.body
    named = _named(engine, scope, annotation)
    return tuple(value for value in values if _fits(value, named)) if named else values


def _fits(value: Value, named: list[Class]) -> bool:
    if type(value) is not InstanceValue or not value.cls.is_project:
        return True
    levels = value.cls.mro
    return any(
        level in named or level.is_opaque or (not level.is_project and "__iter__" in level.names) for level in levels
    )


def _named(engine: Engine, scope: Scope, annotation: ir.Expr) -> list[Class]:
    """The builtin classes that an annotation names; none where it names anything else."""
    if isinstance(annotation, ir.Name):
        found = engine.names.builtin(scope, annotation.id) if annotation.id in _BUILTIN else None
        return [found] if found is not None else []
    if isinstance(annotation, ir.Subscript) and isinstance(annotation.value, ir.Name):
        if annotation.value.id not in _WITHOUT_MEANING:
            return _named(engine, scope, annotation.value)
        index = annotation.index
        return _every(engine, scope, index.items if isinstance(index, ir.Sequence) else [index])
    if isinstance(annotation, ir.Binary) and annotation.operator == "|":
        return _every(engine, scope, [annotation.left, annotation.right])
    return []


def _every(engine: Engine, scope: Scope, parts: list[ir.Expr]) -> list[Class]:
    """What the parts of a union name, `None` left out; nothing where one names anything else."""
    each = [_named(engine, scope, part) for part in parts if not is_none(part)]
    return [cls for found in each for cls in found] if all(each) else []
