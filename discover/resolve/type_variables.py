"""Which names are type variables, and what two objects' type arguments say of each other."""

from __future__ import annotations

import re
from collections.abc import Sequence as AnySequence
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Class
from discover.resolve.values import NOTHING, ClassValue, ExternalValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.classes import Hierarchy
    from discover.resolve.engine import Engine

TYPE_VARIABLE = re.compile(r"_?(?:[A-Z][A-Z0-9]?|[A-Z]\w*(?:T|_co|_contra)|T_\w+)$")
DECLARING = ("Generic", "Protocol")
"""The bases whose arguments are type variables."""
_MADE = frozenset({"typing.TypeVar()", "typing_extensions.TypeVar()"})


def type_variables(engine: Engine, cls: Class, expressions: AnySequence[ir.Expr], *, is_declaring: bool) -> list[str]:
    """The type variables among what a class gives one of its bases, which may be declaring them."""
    found: list[str] = []
    for expression in expressions:
        if isinstance(expression, ir.Name):
            if isinstance(engine.names.static(cls.module.body, expression.id), Class):
                continue
            if is_declaring or TYPE_VARIABLE.match(expression.id) or _is_made(engine, cls, expression):
                found.append(expression.id)
        elif isinstance(expression, ir.Subscript):
            index = expression.index
            inner = index.items if isinstance(index, ir.Sequence) else [index]
            found += type_variables(engine, cls, inner, is_declaring=False)
    return found


def _is_made(engine: Engine, cls: Class, name: ir.Name) -> bool:
    """Whether a name of a project's module is a type variable although it doesn't look like one: `ModelType`."""
    values = engine.evaluate(cls.module.body, name) if cls.is_project else NOTHING
    return any(isinstance(value, ExternalValue) and value.path in _MADE for value in values)


def may_be(hierarchy: Hierarchy, below: Class, value: InstanceValue | ClassValue) -> bool:
    """Whether what is known to be for some class may be of a class below its own, by what that one is for.

    A `Repository[Order]` is no `class Customers(Repository[Customer])`.
    """
    own = hierarchy.own_type_parameters(value.cls) if value.bindings else ()
    told = hierarchy.environment(below, ()) if own else {}
    return all(_agree(values, told.get(name, NOTHING)) for name, values in value.bindings if name in own)


def _agree(values: Values, told: Values) -> bool:
    """Whether a type variable may stand for both: one class of the project each, one is the other, above it or below.

    Of several (a union) perhaps not all are known: they rule nothing out.
    """
    one, other = (each[0] if len(each) == 1 else None for each in (values, told))
    if not isinstance(one, InstanceValue) or not isinstance(other, InstanceValue):
        return True
    if not one.cls.is_project or not other.cls.is_project:
        return True
    return one.cls in other.cls.mro or other.cls in one.cls.mro
