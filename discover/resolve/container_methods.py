"""Methods of the containers that the project's own code creates, and the calls that create them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, rebinding
from discover.resolve.given import Arguments
from discover.resolve.symbols import Scope
from discover.resolve.values import NOTHING, ClassValue, ContainerValue, Slot, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.engine import Engine

    Intrinsic = Callable[[Engine, Scope, Arguments, ir.Expr, Value | None], Values]


def _append(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if isinstance(receiver, ContainerValue) and arguments.positional:
        engine.write(receiver.element, arguments.positional[-1])
    return NOTHING


def _extend(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if isinstance(receiver, ContainerValue):
        for values in arguments.positional:
            containers.merge(engine, receiver, values)
            rebinding.store_items(scope, receiver, values)
        for name, values in arguments.keywords.items():
            containers.store(engine, (receiver,), (engine.intern.constant(name),), values)
    return NOTHING


def _element(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ContainerValue):
        return NOTHING
    return engine.read(receiver.element)


def _get(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ContainerValue):
        return NOTHING
    found = containers.item(engine, receiver, arguments.positional[0] if arguments.positional else NOTHING)
    if len(arguments.positional) > 1:
        found = join(found, arguments.positional[1])
    return found


def _setdefault(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:
    if isinstance(receiver, ContainerValue) and len(arguments.positional) > 1:
        containers.store(engine, (receiver,), arguments.positional[0], arguments.positional[1])
    return _get(engine, scope, arguments, record, receiver)


def _dict_values(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "list")
    if isinstance(receiver, ContainerValue):
        engine.write(container.element, engine.read(receiver.element))
    return (container,)


def _dict_keys(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "list")
    if isinstance(receiver, ContainerValue):
        engine.write(container.element, engine.read(receiver.key))
    return (container,)


def _dict_items(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "list")
    pair = engine.intern.container(record, "tuple")
    if isinstance(receiver, ContainerValue):
        engine.write(pair.items.setdefault(0, Slot()), engine.read(receiver.key))
        engine.write(pair.items.setdefault(1, Slot()), engine.read(receiver.element))
        engine.write(container.element, (pair,))
    return (container,)


def _same(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return (receiver,) if receiver is not None else NOTHING


def new_container(kind: str) -> Intrinsic:
    """What `list(…)`, `dict(…)` and the like give: a container of that kind, filled from the arguments."""

    def create(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
        container = engine.intern.container(record, kind)
        container.written_by(engine.current)
        for values in arguments.positional:
            if kind == "dict":
                containers.merge(engine, container, values)
                _merge_pairs(engine, container, values)
            else:
                engine.write(container.element, containers.elements(engine, values))
        for name, values in arguments.keywords.items() if kind == "dict" else ():
            containers.store(engine, (container,), (engine.intern.constant(name),), values)
        return (container,)

    return create


def _merge_pairs(engine: Engine, container: ContainerValue, values: Values) -> None:
    """`dict([(key, value), …])`."""
    for value in values:
        if isinstance(value, ContainerValue) and value.kind != "dict":
            for pair in engine.read(value.element):
                keys = containers.place(engine, (pair,), 0)
                containers.store(engine, (container,), keys, containers.place(engine, (pair,), 1))


_METHODS: dict[str, Intrinsic] = {
    "append": _append,
    "appendleft": _append,
    "add": _append,
    "insert": _append,
    "extend": _extend,
    "update": _extend,
    "pop": _element,
    "popleft": _element,
    "popitem": _element,
    "copy": _same,
    "union": _same,
    "difference": _same,
    "intersection": _same,
    "get": _get,
    "setdefault": _setdefault,
    "values": _dict_values,
    "keys": _dict_keys,
    "items": _dict_items,
}
OF_DISPLAYS: dict[str, Intrinsic] = {
    f"builtins.{kind}.{name}": method for kind in ("list", "set", "tuple", "dict") for name, method in _METHODS.items()
}
"""What these do with a container that the code makes; of one that an annotation says, the stub says what they give."""


def empty_dict(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`defaultdict(factory)`: a dict that is filled later, with what the factory makes for each key."""
    made = engine.intern.container(record, "dict")
    for value in arguments.positional[0] if arguments.positional else ():
        kind = value.cls.path.removeprefix("builtins.") if isinstance(value, ClassValue) else ""
        if kind in ("list", "set", "dict", "deque"):
            engine.write(made.element, (engine.intern.container(made, "dict" if kind == "dict" else kind),))
    return (made,)
