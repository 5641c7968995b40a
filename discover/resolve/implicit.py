"""Calls that no call expression makes: properties, context managers, iteration, operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.descriptors import described
from discover.resolve.given import Arguments
from discover.resolve.returns import returned
from discover.resolve.sites import OVERRIDE_LIMIT
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, InstanceValue, PropertyValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_NO_RECORD = ir.Constant(None)


def results(engine: Engine, values: Values, arguments: Arguments | None = None) -> Values:
    """What calling the values gives, without a call site."""
    given = arguments if arguments is not None else Arguments([], {})
    found: Values = NOTHING
    unit = engine.current
    for value in values:
        if unit is not None:
            found = join(found, engine.apply(unit, value, given, None, _NO_RECORD))
    return found


def awaited(engine: Engine, values: Values) -> Values:
    """What awaiting the values gives: what the `__await__` of a library's class says, else the values themselves."""
    found: Values = NOTHING
    for value in values:
        method = None
        if isinstance(value, InstanceValue) and not value.cls.is_project:
            method = engine.hierarchy.method(value.cls, "__await__")
        given = results(engine, (engine.intern.function(method, value),)) if method is not None else (value,)
        found = join(found, given)
    return found


def property_read(
    engine: Engine, scope: Scope, record: ir.Expr | None, line: int, receiver: InstanceValue, function: Function
) -> Values:
    """Reading a property runs its function, and that of each override."""
    if not function.is_project:
        bound = engine.intern.function(function, receiver)
        if record is not None:
            known = scope.unit.library_reads.get(id(record))
            before = known[2] if known is not None else ()
            scope.unit.library_reads[id(record)] = (record, line, tuple(dict.fromkeys((*before, bound))))
        return engine.described(scope, bound)
    functions = [function]
    if not receiver.exact:
        functions += [f for f in engine.hierarchy.overrides_for(receiver, function.record.name) if f is not function]
    result: Values = NOTHING
    for target in functions[:OVERRIDE_LIMIT]:
        result = join(result, returned(engine, target, receiver))
    remember(scope, record, line, functions[:OVERRIDE_LIMIT])
    return result


def property_set(engine: Engine, scope: Scope, target: ir.Attribute, objects: Values, values: Values) -> None:
    """Assigning to a property runs its setter with what is assigned."""
    setters = engine.marks.setters[target.name]
    for value in objects:
        level = None
        if isinstance(value, InstanceValue):
            level = next((level for level in value.cls.mro if target.name in level.names), None)
        if level is not None and level in setters:
            setter = engine.intern.function(setters[level], value)
            engine.apply(scope, setter, Arguments([values], {}), None, target)
            remember(scope, target, target.line, [setters[level]])


def descriptor_read(
    engine: Engine,
    scope: Scope,
    record: ir.Expr | None,
    line: int,
    receiver: InstanceValue,
    member: PropertyValue | InstanceValue,
) -> Values:
    """Reading an attribute of the class runs a `__get__` that its object has, the project's or a library's."""
    if isinstance(member, PropertyValue):
        return _made_property_read(engine, scope, record, line, receiver, member)
    owner = engine.intern.class_(receiver.cls, receiver.bindings)
    method = engine.hierarchy.method(member.cls, "__get__")
    if method is None or not method.is_project:
        return described(engine, member, receiver, owner)
    remember(scope, record, line, [method])
    bound = engine.intern.function(method, member)
    return engine.apply(scope, bound, Arguments([(receiver,), (owner,)], {}), None, record or _NO_RECORD)


def _made_property_read(
    engine: Engine, scope: Scope, record: ir.Expr | None, line: int, receiver: InstanceValue, member: PropertyValue
) -> Values:
    """Reading what `property(function)` made runs that function, and no override of its name."""
    getters = [getter for getter in member.getters if isinstance(getter, FunctionValue)]
    remember(scope, record, line, [getter.function for getter in getters])
    result: Values = NOTHING
    for getter in getters:
        result = join(result, engine.apply(scope, getter, Arguments([(receiver,)], {}), None, record or _NO_RECORD))
    return result


def remember(scope: Scope, record: ir.Expr | None, line: int, functions: list[Function]) -> None:
    """Note a call that no call expression makes."""
    if record is None or not functions:
        return
    known = scope.unit.reads.get(id(record))
    before = known[2] if known is not None else ()
    scope.unit.reads[id(record)] = (record, line, tuple(dict.fromkeys((*before, *functions))))


def implicit(
    engine: Engine, scope: Scope, record: ir.Expr, line: int, base: Values, name: str, index: Values = NOTHING
) -> Values:
    """A method that the language calls: `__getitem__` with the index, `__enter__`, `__iter__`."""
    given = [index] if index else []
    result: Values = NOTHING
    for value in base:
        if not isinstance(value, InstanceValue):
            continue
        method = engine.hierarchy.method(value.cls, name)
        if method is None:
            continue
        if method.is_project:
            below = () if value.exact else engine.hierarchy.overrides_for(value, name)
            remember(scope, record, line, [method, *below[:OVERRIDE_LIMIT]])
        result = join(
            result, engine.apply(scope, engine.intern.function(method, value), Arguments(given, {}), None, record)
        )
    return result


def enter(engine: Engine, scope: Scope, record: ir.Expr, line: int, managers: Values) -> Values:
    """What `with managers as x` binds to x."""
    found: Values = NOTHING
    for value in managers:
        if isinstance(value, InstanceValue):
            if not value.cls.is_project and not isinstance(record, ir.Call):
                unit = scope.unit
                unit.entered = unit.entered or {}
                unit.entered[id(record)] = (record, value.cls.path)
            if value.cls.path == "builtins.Iterator":
                found = join(found, engine.elements_of((value,)))
                continue
            entered = implicit(engine, scope, record, line, (value,), "__enter__")
            entered = entered or implicit(engine, scope, record, line, (value,), "__aenter__")
            implicit(engine, scope, record, line, (value,), "__exit__")
            implicit(engine, scope, record, line, (value,), "__aexit__")
            found = join(found, entered or (value,))
        else:
            found = join(found, (value,))
    return found


def iteration(engine: Engine, scope: Scope, record: ir.Expr, line: int, iterated: Values) -> None:
    """Iterating over an object of the project runs its `__iter__`, and the `__next__` of what that gives."""
    for value in iterated:
        if isinstance(value, InstanceValue) and value.cls.is_project:
            for start, following in (("__iter__", "__next__"), ("__aiter__", "__anext__")):
                iterators = implicit(engine, scope, record, line or line_of(record), (value,), start)
                own = tuple(v for v in iterators if isinstance(v, InstanceValue) and v.cls.is_project)
                implicit(engine, scope, record, line or line_of(record), own, following)


def raised(engine: Engine, scope: Scope, record: ir.Expr, line: int, values: Values) -> None:
    """`raise Problem` makes an object of the class."""
    for value in values:
        if isinstance(value, ClassValue) and value.cls.is_project:
            engine.apply(scope, value, Arguments([], {}), None, record)
            method = engine.hierarchy.method(value.cls, "__init__")
            if method is not None and method.is_project:
                remember(scope, record, line, [method])


def pipe(engine: Engine, scope: Scope, expression: ir.Binary, left: Values, right: Values) -> Values:
    """`left | right`: a library's own operator (Celery chains), else the union."""
    for value in left:
        if isinstance(value, InstanceValue):
            method = engine.hierarchy.method(value.cls, "__or__")
            if method is not None:
                bound = engine.intern.function(method, value)
                return engine.apply(scope, bound, Arguments([right], {}), None, expression)
    return join(left, right)


def line_of(expression: ir.Expr) -> int:
    """The line of an expression, as far as its record knows one; 0 otherwise."""
    while True:
        if isinstance(expression, (ir.Call, ir.Attribute)):
            return expression.line
        if isinstance(expression, (ir.Subscript, ir.Await, ir.Starred)):
            expression = expression.value
        else:
            return 0
