"""What the annotations of an overridden method say of an override that leaves its parameters without any, or wide ones.

`serializer: BaseSerializer[Order]` is what a type checker wants to read; the library says which serializer it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.type_variables import TYPE_VARIABLE
from discover.resolve.values import NOTHING, InstanceValue, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function

_MIXED_INTO = 40
"""Of so many classes that a mixin's method stands in, what it overrides there is asked."""


def inherited_annotation(engine: Engine, owner: Class, function: Function, parameter: ir.Parameter) -> Values:
    """What the overridden method's annotation says of a parameter that the override leaves without one.

    A mixin's method overrides what stands behind the mixin in the classes that are made with it. What is a type
    variable there, and not told by the method's own class, the classes below tell.
    """
    overridden = list(_overridden(engine, owner, owner, function, parameter))
    said = _said(engine, owner, overridden)
    if (said and not _is_wide(said)) or (overridden and not is_variable(overridden[-1][1])):
        return said
    told: Values = NOTHING
    for below in engine.hierarchy.below(owner)[:_MIXED_INTO]:
        found = _said(engine, below, list(_overridden(engine, owner, below, function, parameter)))
        if not said or _is_narrower(found, said):
            told = join(told, found)
    return told or said


def narrowed_by_overridden(
    engine: Engine, owner: Class, function: Function, parameter: ir.Parameter, said: Values
) -> Values:
    """What an annotation says that names a library's class, or what the overridden method says where that is more."""
    if not _is_wide(said):
        return said
    inherited = inherited_annotation(engine, owner, function, parameter)
    return inherited if _is_narrower(inherited, said) else said


def names_library_class(engine: Engine, function: Function, parameter: ir.Parameter) -> bool:
    """Whether a parameter's annotation names nothing but classes of libraries."""
    scope = function.outer or function.module.body
    said = engine.annotations.values(scope, parameter.annotation, {}) if parameter.annotation is not None else NOTHING
    return _is_wide(said)


def _overridden(
    engine: Engine, owner: Class, cls: Class, function: Function, parameter: ir.Parameter
) -> Iterator[tuple[Function, ir.Expr]]:
    """The overridden methods that say something of the parameter, the nearest first, up to a library's."""
    after = owner
    passed: set[Class] = set()
    while after not in passed:
        passed.add(after)  # `create = Other.create` leads back to a class that was asked before
        method = engine.hierarchy.method(cls, function.record.name, after=after)
        if method is None or method.is_static != function.is_static:
            return
        annotation = annotated(method, function, parameter)
        if annotation is not None:
            yield method, annotation
        if not method.is_project or method.owner is None:
            return
        after = method.owner


def _said(engine: Engine, cls: Class, overridden: list[tuple[Function, ir.Expr]]) -> Values:
    """What the nearest one says; where that is a library's class, what one further away says more narrowly."""
    said: Values = NOTHING
    for method, annotation in overridden:
        environment = {**engine.hierarchy.environment(cls, ()), "Self": (engine.intern.instance(cls),)}
        found = engine.annotations.values(method.owner or method.module.body, annotation, environment)
        if not said or _is_narrower(found, said):
            said = found
        if said and not _is_wide(said):
            break
    return said


def _is_wide(said: Values) -> bool:
    return bool(said) and all(isinstance(value, InstanceValue) and not value.cls.is_project for value in said)


def _is_narrower(found: Values, said: Values) -> bool:
    """Whether each of the values is of a class below one of the others'."""
    wide = {value.cls for value in said if isinstance(value, InstanceValue)}
    return bool(found) and all(
        isinstance(value, InstanceValue) and value.cls not in wide and not wide.isdisjoint(value.cls.mro)
        for value in found
    )


def annotated(overridden: Function, function: Function, parameter: ir.Parameter) -> ir.Expr | None:
    """What the overridden method says of the parameter in whose place an override's stands."""
    theirs = overridden.record.parameters
    position = function.record.parameters.index(parameter)
    match = next((p for p in theirs if p.name == parameter.name), None)
    if match is None and position < len(theirs) and theirs[position].kind == parameter.kind:
        match = theirs[position]
    return match.annotation if match is not None else None


def is_variable(annotation: ir.Expr | None) -> TypeGuard[ir.Name]:
    """Whether an annotation is a type variable alone."""
    return isinstance(annotation, ir.Name) and TYPE_VARIABLE.match(annotation.id) is not None
