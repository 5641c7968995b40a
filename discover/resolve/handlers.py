"""What is known of an object while one of its handlers runs: a view that answers a request by the method of an action.

A stub names a class's handlers by `__handlers__`, with what the object's attributes are while each runs, and by
`action: HandlerT` the attribute that holds the running one's name. A decorator whose stub takes
`**kwargs: HandlerAttributes` makes a handler as well; what it is given are attributes of the object for as long, and
while a method runs that a decorator of the handler's own adds to it (`@pay.mapping.delete`). The object in a handler's
body has the type variable `HandlerT` bound to the handler's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve.stub_tables import rows, table_of
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ConstantValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.resolve.engine import Engine
    from discover.resolve.values import Bindings, Values

HANDLER: Final = "HandlerT"
_TABLE = "__handlers__"
_WITHIN = "__within__"
"""Among what a table says of a handler: another one within which it may run as well, so that its body knows neither."""
_RUNS = "__runs__"
"""Among what a table says of a handler: the further methods of the object, apart by spaces, that it leads to alone."""
_ATTRIBUTES = "HandlerAttributes"

Facts = dict[str, str]
"""By dotted attribute of the object, what it is."""


def in_handler(engine: Engine, function: Function) -> Bindings:
    """What binds the object in a method's body: the method's name, where it is a handler."""
    owner = function.owner
    if owner is None or function.is_static or function.is_classmethod or not function.is_project:
        return ()
    name = function.record.name
    is_named = any(name in table and _WITHIN not in table[name] for table in _tables(owner.mro))
    return as_handler(engine, name) if is_named or _making(engine, function) is not None else ()


def has_handlers(cls: Class) -> bool:
    """Whether a class's objects answer by handlers."""
    return any(not level.is_project and _TABLE in level.names for level in cls.mro)


def as_handler(engine: Engine, name: str) -> Bindings:
    """What binds an object while the handler of this name runs."""
    return ((HANDLER, (engine.intern.constant(name),)),)


def running(bindings: Iterable[tuple[str, Values]]) -> str:
    """The name of the handler that runs; empty where none is known."""
    for name, values in bindings:
        if name == HANDLER and len(values) == 1 and isinstance(values[0], ConstantValue):
            return str(values[0].value)
    return ""


def still_in_handler(receiver: object) -> Bindings:
    """What binds the object behind `super()` in a handler's body: the handler goes on."""
    if not isinstance(receiver, InstanceValue) or not receiver.bindings:
        return ()
    return tuple((name, values) for name, values in receiver.bindings if name == HANDLER)


def handled(value: object) -> str:
    """The name of the handler that runs on an object; empty where none is known."""
    return running(value.bindings) if isinstance(value, InstanceValue) and value.bindings else ""


def handler_names(cls: Class) -> frozenset[str]:
    """The names of the handlers that the stubs above a class name."""
    return frozenset(name for table in _tables(cls.mro) for name in table)


def leading_to(cls: Class, method: str) -> tuple[str, ...]:
    """The handlers of a class that are, or lead to, a method of this name; nothing where it is not known which do."""
    for table in _tables(cls.mro):
        found = tuple([one for one, facts in table.items() if method in (one, *facts.get(_RUNS, "").split())])
        if found:
            return found
    return ()


def facts_of(cls: Class, handler: str) -> Facts:
    """What the object's attributes are while a handler of its class runs."""
    found: Facts = {}
    for level in cls.mro:
        for name, annotation in () if level.is_project else level.annotations.items():
            if isinstance(annotation, ir.Name) and annotation.id == HANDLER:
                found.setdefault(name, handler)
    for table in _tables(cls.mro):
        for name, text in table.get(handler, {}).items():
            found.setdefault(name, text)
    return found


def given_attribute(engine: Engine, cls: Class, handler: str, attribute: str) -> Values | None:
    """What a handler's decorator gives for an attribute of the object; None where it says nothing of it."""
    method = engine.hierarchy.method(cls, handler)
    making = _making(engine, method) if method is not None and method.is_project else None
    for keyword in making.keywords if making is not None else ():
        if keyword.name == attribute and method is not None and method.owner is not None:
            engine.ensure_class(method.owner)
            return engine.evaluate(method.owner, keyword.value)
    return None


def _making(engine: Engine, function: Function) -> ir.Call | None:
    """The decorator that makes a method a handler, or another method one to which it is added."""
    if function.owner is None:
        return None
    made = _making_of(engine, function.owner, function.record.decorators)
    for expression in function.record.decorators if made is None else ():
        first = engine.hierarchy.method(function.owner, _start(expression))
        if first is not None and first is not function and first.owner is not None and first.is_project:
            made = made or _making_of(engine, first.owner, first.record.decorators)
    return made


def _making_of(engine: Engine, owner: Class, decorators: list[ir.Expr]) -> ir.Call | None:
    for expression in decorators:
        if isinstance(expression, ir.Call):
            decorator = engine.hierarchy.static(owner, expression.function)
            if isinstance(decorator, Function) and not decorator.is_project and _takes_attributes(decorator):
                return expression
    return None


def _start(decorator: ir.Expr) -> str:
    """The name before the dots, of which a decorator is an attribute: `pay` of `@pay.mapping.delete`."""
    if not isinstance(decorator, ir.Attribute):
        return ""
    expression: ir.Expr = decorator
    while isinstance(expression, ir.Attribute):
        expression = expression.value
    return expression.id if isinstance(expression, ir.Name) else ""


def _takes_attributes(decorator: Function) -> bool:
    return any(
        one.kind == "kwargs" and isinstance(one.annotation, ir.Name) and one.annotation.id == _ATTRIBUTES
        for one in decorator.record.parameters
    )


def _tables(levels: Iterable[Class]) -> Iterator[dict[str, Facts]]:
    """What the stubs among the classes say of their handlers."""
    for level in levels:
        table = table_of(level, _TABLE)
        if table is not None:
            assert isinstance(table, ir.Mapping)
            yield {handler: _facts(value) for handler, value in rows(table)}


def _facts(value: ir.Expr) -> Facts:
    return {name: str(one.value) for name, one in rows(value) if isinstance(one, ir.Constant)}
