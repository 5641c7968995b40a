"""Whether code works on the object that it runs on: `self`, `super()`, `Base.method(self)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.frameworks.reading.parameters import is_itself
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue

if TYPE_CHECKING:
    from discover.resolve.sites import CallSite


def is_own_object(function: Function, expression: ir.Expr) -> bool:
    """Whether an expression is the object that the function, or one around it, is called on; `super()` is."""
    if is_super(expression):
        return True
    if not isinstance(expression, ir.Name):
        return False
    at: object = function
    while isinstance(at, Function):
        if is_itself(at, expression.id):
            return True
        at = at.outer
    return False


def is_through_class(site: CallSite) -> bool:
    """Whether a call runs a method on what it is given first: `Base.method(self)`."""
    methods = [value for value in site.callee if isinstance(value, FunctionValue)]
    return bool(methods) and all(one.receiver is None and one.function.takes_itself for one in methods)


def works_on_itself(site: CallSite) -> bool:
    """Whether a call runs a method on the object that the calling function runs on."""
    called = site.call.function
    if isinstance(called, ir.Attribute) and is_own_object(site.function, called.value):
        return True
    arguments = site.call.arguments
    return bool(arguments) and is_through_class(site) and is_own_object(site.function, arguments[0])
