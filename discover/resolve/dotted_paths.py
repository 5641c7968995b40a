"""Texts that name a class or function by its own module and name: `f"{cls.__module__}.{cls.__name__}"`.

Registries of plugins keep such texts and import what they name later. Module and name are of the same thing, so that
the text is put together for each thing alone.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, Value, Values, bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Scope

_MODULE = "__module__"
SAYING = (_MODULE, "__name__", "__qualname__")
"""Attributes by which a class or function says where it stands."""
_CALLABLE = "F"
"""The type variable by which stubs say what function an object was made of."""
_FIELDS = {"%": re.compile(r"%s"), "format": re.compile(r"\{[01]?\}")}


def said(name: str, thing: Class | Function) -> str:
    """What the attribute of that name says of the class or function."""
    return thing.module.name if name == _MODULE else thing.record.name


def wrapped(value: Value) -> list[Function]:
    """The functions that a library made an object of, as it makes tasks: it has their name, module and text."""
    return [one.function for one in bound(value, _CALLABLE) if isinstance(one, FunctionValue)]


def of_parts(engine: Engine, scope: Scope, parts: Sequence[ir.Expr]) -> Values:
    """The texts that the parts make, one for each class or function; nothing where they say something else."""
    owner: ir.Expr | None = None
    for part in parts:
        if isinstance(part, ir.Constant) and isinstance(part.value, str):
            continue
        if not isinstance(part, ir.Attribute) or part.name not in SAYING:
            return NOTHING
        if owner is not None and _chain(owner) != _chain(part.value):
            return NOTHING
        owner = part.value
    asked = {part.name for part in parts if isinstance(part, ir.Attribute)}
    if owner is None or not _chain(owner) or _MODULE not in asked or len(asked) == 1:
        return NOTHING
    if isinstance(owner, ir.Name) and isinstance(scope, Function) and owner.id in _parameters(scope):
        engine.marks.naming.setdefault(scope, {})[owner.id] = None
    things = (thing for value in engine.evaluate(scope, owner) for thing in _named(value))
    texts = ("".join(_said(part, thing) for part in parts) for thing in things)
    return tuple(engine.intern.constant(text) for text in dict.fromkeys(texts))


def of_template(engine: Engine, scope: Scope, way: str, text: object, given: Sequence[ir.Expr]) -> Values:
    """As `of_parts`, of `"%s.%s" % (…)` (`way` is `%`) and `"{}.{}".format(…)` (`format`)."""
    if not isinstance(text, str) or len(given) != 2:
        return NOTHING
    between = _FIELDS[way].split(text)
    if len(between) != len(given) + 1:
        return NOTHING
    parts: list[ir.Expr] = []
    for before, field in zip_longest(between, given):
        parts.append(ir.Constant(before))
        if field is not None:
            parts.append(field)
    return of_parts(engine, scope, parts)


def added(expression: ir.Expr) -> list[ir.Expr]:
    """What `a + b + c` adds, in order."""
    if isinstance(expression, ir.Binary) and expression.operator == "+":
        return [*added(expression.left), *added(expression.right)]
    return [expression]


def _parameters(function: Function) -> set[str]:
    return {parameter.name for parameter in function.record.parameters}


def _chain(expression: ir.Expr) -> str:
    """`self.__class__` as text; empty for anything but names and attributes."""
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        before = _chain(expression.value)
        return f"{before}.{expression.name}" if before else ""
    return ""


def _named(value: Value) -> Sequence[Class | Function]:
    if isinstance(value, ClassValue):
        return [value.cls]
    return [value.function] if isinstance(value, FunctionValue) else wrapped(value)


def _said(part: ir.Expr, thing: Class | Function) -> str:
    if isinstance(part, ir.Attribute):
        return said(part.name, thing)
    return str(part.value) if isinstance(part, ir.Constant) else ""
