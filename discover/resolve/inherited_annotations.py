"""What the annotations of an overridden method say of an override that leaves its parameters without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.type_variables import TYPE_VARIABLE
from discover.resolve.values import NOTHING, Values, join

if TYPE_CHECKING:
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
    overridden = engine.hierarchy.method(owner, function.record.name, after=owner)
    said = _said_by_overridden(engine, owner, owner, function, parameter)
    if said or (overridden is not None and not is_variable(annotated(overridden, function, parameter))):
        return said
    for below in engine.hierarchy.below(owner)[:_MIXED_INTO]:
        said = join(said, _said_by_overridden(engine, owner, below, function, parameter))
    return said


def _said_by_overridden(
    engine: Engine, owner: Class, cls: Class, function: Function, parameter: ir.Parameter
) -> Values:
    overridden = engine.hierarchy.method(cls, function.record.name, after=owner)
    if overridden is None or overridden.is_static != function.is_static:
        return NOTHING
    annotation = annotated(overridden, function, parameter)
    if annotation is None:
        return NOTHING
    environment = engine.hierarchy.environment(cls, ())
    return engine.annotations.values(overridden.owner or overridden.module.body, annotation, environment)


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
