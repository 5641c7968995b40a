"""Library objects that a project's function makes anew for each call, and does nothing with but hand back.

`def documented(doc): signal = Signal(); signal.__doc__ = doc; return signal` makes two signals when it is called twice.
The function is evaluated once for all callers; each call's own object is told by the call, as if it was made there.
Only objects of classes whose stub has `__apart__`: of others (routers), rules look up the call that really makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import within
from discover.resolve.bodies import body_of
from discover.resolve.values import SITE, ConstantValue, InstanceValue, Value, Values, bound

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Function, Scope


def made_apart(engine: Engine, function: Function, scope: Scope, record: ir.Expr, result: Values) -> Values:
    """The result of one call, its objects made by this call where the function only hands them back."""
    if not isinstance(record, ir.Call) or not _has_site(result):
        return result
    if function.makes_apart is None:
        function.makes_apart = frozenset(f"{function.module.path}#{number}" for number in _only_handed_back(function))
    own = (engine.intern.constant(f"{scope.module.path}#{record.number}"),)
    found: dict[Value, None] = {}
    for value in result:
        if isinstance(value, InstanceValue) and _site(value) in function.makes_apart:
            bindings = tuple((name, own if name == SITE else values) for name, values in value.bindings)
            found[engine.intern.instance(value.cls, bindings, exact=value.exact)] = None
        else:
            found[value] = None
    return tuple(found)


def _has_site(values: Values) -> bool:
    # asked for every call of the project's functions, and of most values only the kind need be looked at
    return any(map(_site, [one for one in values if type(one) is InstanceValue and one.bindings]))


def _site(value: Value) -> str:
    """The call that made a library's object, where objects of its class are told apart by that."""
    made = bound(value, SITE)
    is_told = (
        isinstance(value, InstanceValue)
        and len(made) == 1
        and any("__apart__" in level.annotations for level in value.cls.mro)
    )
    return str(made[0].value) if is_told and isinstance(made[0], ConstantValue) else ""


def _only_handed_back(function: Function) -> set[int]:
    """The numbers of the calls whose result the function gives back, and uses for nothing but setting attributes."""
    if function.record.is_generator or function.record.decorators:
        return set()
    body = body_of(function)
    found = {one.number for one in body.returned if isinstance(one, ir.Call)}
    for name in {one.id for one in body.returned if isinstance(one, ir.Name)}:
        values = body.assigned.get(name, [])
        if len(values) == 1 and isinstance(values[0], ir.Call) and not _is_used(function, name):
            found.add(values[0].number)
    return found


def _is_used(function: Function, name: str) -> bool:
    allowed = 0
    for statement in function.statements:
        if isinstance(statement, ir.Return):
            allowed += isinstance(statement.value, ir.Name) and statement.value.id == name
        elif isinstance(statement, ir.Assign):
            for target in statement.targets:
                bound = target.value if isinstance(target, ir.Attribute) else target
                allowed += isinstance(bound, ir.Name) and bound.id == name
    return sum(isinstance(one, ir.Name) and one.id == name for one in within(function.record.body)) != allowed
