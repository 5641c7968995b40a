"""What calls give for the one object or key that an evaluation has before it, where the resolver joins all of them.

In `for path, view in ROUTES: table[view] = view.as_view()` each view makes its own, and finds its own again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.calls import apply
from discover.resolve.given import Arguments
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, Values, join

if TYPE_CHECKING:
    from discover.frameworks.reading.code import Code
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope


def made_by(program: Program, scope: Scope, site: CallSite, method: ir.Attribute, base: Values) -> Values:
    """What a library's method gives on these objects or classes alone: `view.as_view()` of one view of many.

    Nothing where the method is another one on them than the call was seen to run.
    """
    seen = {value.function for value in site.callee if isinstance(value, FunctionValue)}
    given = Arguments(site.arguments, site.keywords)
    found: Values = NOTHING
    for value in program.attribute(base, method.name, scope):
        if not isinstance(value, FunctionValue) or value.function.is_project or (seen and value.function not in seen):
            return NOTHING
        found = join(found, apply(program.engine, scope, value, given, None, site.call))
    return found


def kept_under(code: Code, function: Function, expression: ir.Expr) -> list[ir.Expr]:
    """What the function itself keeps in a table of its own under the name that is looked up there.

    `table.get(view)` and `table[view]` beside `table[view] = made`.
    """
    table, key = _looked_up(expression)
    if not isinstance(table, ir.Name) or not isinstance(key, ir.Name):
        return []
    made = code.assignments(function).get(table.id, [])
    if len(made) != 1 or not isinstance(made[0], ir.Mapping) or made[0].values:
        return []
    kept = [(place, value) for place, value in code.bodies.items_set(function) if place.value == table]
    return [value for place, value in kept if place.index == key]


def same_items(scope: Scope, expression: ir.Expr) -> ir.Expr | None:
    """What has the items that a call gives, in their order: the argument of `list(parts)`."""
    if not isinstance(expression, ir.Call) or len(expression.arguments) != 1 or expression.keywords:
        return None
    site, called, given = scope.unit.sites.get(expression.number), expression.function, expression.arguments[0]
    is_list = isinstance(called, ir.Name) and called.id in ("list", "tuple")
    return given if is_list and (site is None or not site.targets) and not isinstance(given, ir.Starred) else None


def telling(answers: list[ir.Expr]) -> list[ir.Expr]:
    """The answers, without the empty path that a helper gives for nothing: `if not parts: return ""`."""
    made = [one for one in answers if not isinstance(one, ir.Constant)]
    bare = [one for one in answers if isinstance(one, ir.Constant) and one.value in ("", "/")]
    return [one for one in answers if one not in bare] if made and bare else answers


def _looked_up(expression: ir.Expr) -> tuple[ir.Expr | None, ir.Expr | None]:
    """The table and the key of a look-up."""
    if isinstance(expression, ir.Subscript):
        return expression.value, expression.index
    if isinstance(expression, ir.Call) and isinstance(expression.function, ir.Attribute):
        called = expression.function
        if called.name == "get" and expression.arguments:
            return called.value, expression.arguments[0]
    return None, None


def possible(found: Values, result: Values) -> Values:
    """Of the functions and classes that a call seems to give, those that resolving left it."""
    left = {value for value in result if isinstance(value, FunctionValue | ClassValue)}
    return tuple(v for v in found if v in left or not isinstance(v, FunctionValue | ClassValue)) if left else found
