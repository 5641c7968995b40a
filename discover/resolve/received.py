"""What a signal's receiver is called with: an object of the class that it wants to hear of.

A stub's class of signals says so by `__receives__`: by the receiver's parameter whether it is given an `object` of the
sender or the `class` itself. The sender is what the registering call names by this word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.stub_tables import rows, table_of
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, InstanceValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Function, Scope
    from discover.resolve.values import Value

_TABLE = "__receives__"
_SENDER = "sender"
_PLACE = 1
"""Where a connecting call names the sender, if by place."""
_SENDERS = 16
"""With more senders at one call nothing is said of the receiver's objects."""


def give_decorated(engine: Engine, scope: Scope, function: Function, expression: ir.Expr) -> None:
    """`@receiver(post_save, sender=Order)`: the function is given orders."""
    if not isinstance(expression, ir.Call) or not expression.arguments:
        return
    named = next((keyword.value for keyword in expression.keywords if keyword.name == _SENDER), None)
    if named is None:
        return
    signals = engine.evaluate(scope, expression.arguments[0])
    for value in (*signals, *engine.elements_of(signals)):
        _give(engine, function, value, engine.evaluate(scope, named))


def give_connected(engine: Engine, signal: Value | None, arguments: Arguments) -> None:
    """`post_save.connect(tell, sender=Order)`: the function is given orders."""
    if not isinstance(signal, InstanceValue):
        return
    placed = arguments.positional[_PLACE] if len(arguments.positional) > _PLACE else NOTHING
    senders = arguments.keywords.get(_SENDER, placed)
    given = arguments.at(0, "receiver")
    for value in given if senders else ():
        if isinstance(value, FunctionValue) and value.function.is_project:
            _give(engine, value.function, signal, senders)


def _give(engine: Engine, function: Function, signal: Value, senders: Values) -> None:
    classes = [value for value in senders if isinstance(value, ClassValue)]
    if not isinstance(signal, InstanceValue) or not 0 < len(classes) == len(senders) <= _SENDERS:
        return
    for name, what in _table(signal):
        parameter = next((one for one in function.record.parameters if one.name == name), None)
        if parameter is None or parameter.annotation is not None:
            continue
        given: Values = NOTHING
        for value in classes:
            given = join(given, (engine.intern.instance(value.cls) if what == "object" else value,))
        engine.write(function.names[name], given)


def _table(signal: InstanceValue) -> list[tuple[str, str]]:
    for level in signal.cls.mro:
        table = table_of(level, _TABLE)
        if table is not None:
            return [(name, str(what.value)) for name, what in rows(table) if isinstance(what, ir.Constant)]
    return []
