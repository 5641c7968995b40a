"""What one object's attributes are: `Group(app, "/orders").prefix` as this call's own arguments set it.

The resolver joins what all calls of a class give. Where the one call that made an object is seen (by a name, a
parameter of the caller, an attribute that is assigned once, what a function of the project answers), what its
constructor sets, or the one that this calls by `super()`, is what that call gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.parameters import given_for, is_itself
from discover.frameworks.reading.while_entered import entered_with, told_apart
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.reading.code import Code
    from discover.resolve.symbols import Class, Function, Scope

_DEPTH = 6
"""So many names, parameters and attributes are followed to the call that made an object."""
_ABOVE = 4
"""So many constructors, each called by the one below, are gone through to the one that sets an attribute."""


class Made(NamedTuple):
    """A call that made an object of the project, and the function that it ran."""

    init: Function
    frame: Frame


def set_by(code: Code, made: Made, name: str, use: Frame | None) -> tuple[Frame, ir.Expr] | None:
    """What the constructor assigns to the attribute, and as whose call; None where it isn't assigned there alone.

    Where a `with` block around the use sets it for a while, it is what that sets.
    """
    owner = made.init.owner
    assigned, passing = told_apart(_assigned(code, owner, name)) if owner is not None else ([], [])
    entered = entered_with(use, passing)
    if entered is not None:
        return entered
    if len(assigned) != 1:
        return None
    setting, value = assigned[0]
    frame = made.frame
    for _ in range(_ABOVE):
        if frame.function is setting:
            return frame, value
        above = _called_above(frame)
        if above is None:
            return None
        frame = above
    return None


def _called_above(frame: Frame) -> Frame | None:
    """The constructor that a constructor calls by `super()`, as it calls it."""
    for site in frame.function.sites.values():
        called = site.call.function
        if isinstance(called, ir.Attribute) and called.name == "__init__" and is_super(called.value):
            inits = [target.function for target in site.targets]
            return Frame(inits[0], site, frame) if len(inits) == 1 else None
    return None


def makings(code: Code, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int = _DEPTH) -> list[Made]:
    """The calls that made the objects which the expression stands for; none where one of them is not seen."""
    if depth == 0:
        return []
    if isinstance(expression, ir.Await):
        return makings(code, scope, expression.value, frame, depth)
    if isinstance(expression, ir.Call):
        return _of_call(code, scope, expression, frame, depth)
    if isinstance(expression, ir.Name):
        return _of_name(code, scope, expression.id, frame, depth)
    if isinstance(expression, ir.Attribute):
        return _of_attribute(code, scope, expression, frame, depth)
    return []


def _of_call(code: Code, scope: Scope, call: ir.Call, frame: Frame | None, depth: int) -> list[Made]:
    """A call that makes an object, or of a function that answers one."""
    site = scope.unit.sites.get(call.number)
    called = [target.function for target in site.targets] if site is not None else []
    if site is None or len(called) != 1:
        return []
    inner = Frame(called[0], site, frame)
    if called[0].record.name == "__init__":
        return [Made(called[0], inner)]
    answers = [one for one in code.answers(called[0]) if not (isinstance(one, ir.Constant) and one.value is None)]
    return _each([makings(code, called[0], answer, inner, depth - 1) for answer in answers])


def _of_name(code: Code, scope: Scope, name: str, frame: Frame | None, depth: int) -> list[Made]:
    level = frame if frame is not None else Frame(scope.unit)
    while True:
        function = level.function
        assigned = code.assignments(function).get(name, [])
        if assigned:
            return _each([makings(code, function, one, level, depth - 1) for one in assigned])
        if any(parameter.name == name for parameter in function.record.parameters):
            if level.made_by is not None and is_itself(function, name):
                return _of_call(code, level.made_by.function, level.made_by.call, None, depth - 1)
            given = given_for(function, name, level.site.call) if level.site is not None else None
            if given is None or level.site is None:
                return []
            return makings(code, level.site.function, given, level.outer, depth - 1)
        if level.lexical is None:
            break
        level = level.lexical
    body = scope.module.body
    return makings(code, body, ir.Name(name), Frame(body), depth - 1) if level.function is not body else []


def _of_attribute(code: Code, scope: Scope, expression: ir.Attribute, frame: Frame | None, depth: int) -> list[Made]:
    """The object of an attribute that is assigned once in its class: as the object that has it was made."""
    made = makings(code, scope, expression.value, frame, depth - 1)
    objects = code.program.values_of(scope, expression.value) if not made else ()
    owners = {v.cls for v in objects if isinstance(v, InstanceValue)} or {one.init.owner for one in made}
    owner = next(iter(owners), None)
    assigned = _assigned(code, owner, expression.name) if len(owners) == 1 and owner is not None else []
    if len(assigned) != 1:
        return []
    function, value = assigned[0]
    holders: list[Frame | None] = [one.frame for one in made if one.init is function]
    if not holders and frame is not None and frame.function is function and _is_own(function, expression.value):
        holders = [frame]
    return _each([makings(code, function, value, holder, depth - 1) for holder in holders or [None]])


def _is_own(function: Function, expression: ir.Expr) -> bool:
    return isinstance(expression, ir.Name) and is_itself(function, expression.id)


def _assigned(code: Code, owner: Class, name: str) -> list[tuple[Function, ir.Expr]]:
    """All that a class's methods assign to an attribute of their object."""
    found: list[tuple[Function, ir.Expr]] = []
    for method in (method for level in owner.mro if level.is_project for method in level.methods()):
        own = method.record.parameters[0].name if method.record.parameters else ""
        for target, value in code.attributes_set(method, {name}):
            if isinstance(target.value, ir.Name) and target.value.id == own:
                found.append((method, value))
    return found


def _each(found: list[list[Made]]) -> list[Made]:
    return [made for one in found for made in one] if all(found) else []
