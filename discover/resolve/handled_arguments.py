"""The type variables of a class while one of its handlers runs, where that tells them more exactly than the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.deciding import given_in_handler
from discover.resolve.handlers import as_handler, given_attribute
from discover.resolve.symbols import Class, Function
from discover.resolve.type_arguments import telling_of
from discover.resolve.values import NOTHING, ClassValue, Values, join

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.engine import Engine


def handled_arguments(engine: Engine, cls: Class, handler: str, environment: dict[str, Values]) -> bool:
    """Bind type variables from what the handler's decorator gives, and from methods that ask which handler runs.

    Returns:
        Whether every method that was asked had been evaluated, so that the answer may be kept.
    """
    complete = True
    for level in [one for one in cls.mro if not one.is_project]:
        for name, annotation in level.annotations.items():
            given = given_attribute(engine, cls, handler, name)
            if given is not None:
                bound = _bound(engine, level, annotation, given)
                is_asked = _getter(engine, cls, level, annotation) is not None
                for variable, values in bound.items():
                    environment[variable] = join(environment.get(variable, NOTHING) if is_asked else NOTHING, values)
        for stub in telling_of(engine, level):
            if isinstance(stub, Function):
                complete &= _ask(engine, cls, handler, stub, environment)
    return complete


def _getter(engine: Engine, cls: Class, level: Class, annotation: ir.Expr) -> Function | None:
    """The project's method that gives the attribute of this annotation."""
    for stub in telling_of(engine, level):
        if isinstance(stub, Function) and stub.record.returns == annotation:
            method = engine.hierarchy.method(cls, stub.record.name)
            return method if method is not None and method.is_project else None
    return None


def _ask(engine: Engine, cls: Class, handler: str, stub: Function, environment: dict[str, Values]) -> bool:
    """What the project's method gives while the handler runs, where it asks for that.

    Objects that a mixin's method makes may be those of any class that inherits it: of these only classes count.
    """
    method, returns, level = engine.hierarchy.method(cls, stub.record.name), stub.record.returns, stub.owner
    if method is None or not method.is_project or returns is None or level is None:
        return True
    attribute = next((name for name, annotation in level.annotations.items() if annotation == returns), "")
    receiver = engine.intern.instance(cls, as_handler(engine, handler))
    results = given_in_handler(engine, method, receiver, attribute)
    if method.owner is cls or all(isinstance(value, ClassValue) for value in results):
        environment.update(_bound(engine, level, returns, results))
    return not method.running


def _bound(engine: Engine, level: Class, annotation: ir.Expr, values: Values) -> dict[str, Values]:
    found: dict[str, Values] = {}
    engine.annotations.bind(level, annotation, values, found)
    return found
