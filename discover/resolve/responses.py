"""What the receivers of a signal answer: `for receiver, response in signal.send(sender)` has their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.returns import returned
from discover.resolve.values import NOTHING, ContainerValue, FunctionValue, InstanceValue, Slot, Value, Values

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.symbols import Scope

_SIGNAL = "django.dispatch.Signal"
_CONNECTED = "django.dispatch.receiver.connected"
"""Stands for the decorator that `receiver(signal)` gives."""


def answers(engine: Engine, signal: Value | None) -> Values:
    """A list of pairs: each receiver with what it gives back."""
    if not isinstance(signal, InstanceValue):
        return NOTHING
    slot = engine.responders.setdefault(signal, Slot())
    receivers = [v for v in engine.read(slot) if isinstance(v, FunctionValue) and v.function.is_project]
    pairs, pair = engine.intern.container(slot, "list"), engine.intern.container(slot, "tuple")
    for receiver in receivers:
        engine.write(pair.items.setdefault(0, Slot()), (receiver,))
        engine.write(pair.items.setdefault(1, Slot()), returned(engine, receiver.function))
    if receivers:
        engine.write(pairs.element, (pair,))
    return (pairs,)


def is_sent(signal: Value | None, name: str) -> bool:
    """Whether a project's own method of this name sends the signal: an override in a class below the library's."""
    return (
        isinstance(signal, InstanceValue)
        and name in ("send", "send_robust")
        and any(level.path == _SIGNAL for level in signal.cls.mro)
    )


def _connect(engine: Engine, signals: Values, receivers: Values) -> None:
    opened = engine.elements_of(tuple(v for v in signals if isinstance(v, ContainerValue)))
    for signal in (*signals, *opened):
        if isinstance(signal, InstanceValue):
            engine.write(engine.responders.setdefault(signal, Slot()), receivers)


def _receiver(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    signals = arguments.at(0, "signal")
    return (engine.intern.partial((engine.intern.external(_CONNECTED),), (signals,), ()),)


def _connected(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if len(arguments.positional) < 2:
        return NOTHING
    _connect(engine, arguments.positional[0], arguments.positional[1])
    return arguments.positional[1]


def _method(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    given = arguments.at(0, "receiver")
    if receiver is not None:
        _connect(engine, (receiver,), given)
    return NOTHING


def _send(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return answers(engine, receiver)


TABLE: dict[str, Intrinsic] = {
    "django.dispatch.receiver": _receiver,
    _CONNECTED: _connected,
    "django.dispatch.Signal.connect": _method,
    "django.dispatch.Signal.send": _send,
    "django.dispatch.Signal.send_robust": _send,
}
