"""Members that code gives to Pyramid's own objects: what a request has, and the configurator's directives.

`config.add_request_method(make_session, "db", reify=True)` makes `request.db` what `make_session(request)` returns. The
settings that a configurator is made with are those that `config.get_settings()` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import kept_items
from discover.resolve.given import Arguments
from discover.resolve.symbols import Class
from discover.resolve.values import (
    NOTHING,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Scope

_REQUEST, _CONFIGURATOR = kept_items.OPEN
_SCANNER = "venusian.Scanner"
_SETTINGS = "get_settings()"
_COMPUTED = ("property", "reify")


def _add_request_method(
    engine: Engine,
    scope: Scope,
    arguments: Arguments,
    record: ir.Expr,
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    request = _object(engine, _REQUEST)
    functions = arguments.at(0, "callable")
    if request is None:
        return NOTHING
    for name, function in _named(arguments.at(1, "name"), functions):
        if not _is_computed(record):
            _give(engine, request, name, (_bound(engine, function, request),))
            continue
        _give(engine, request, name, engine.apply(scope, function, Arguments([(request,)], {}), None, record))
    return NOTHING


def _add_directive(
    engine: Engine,
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    config = _object(engine, _CONFIGURATOR)
    for name, function in _named(arguments.at(0, "name"), arguments.at(1, "directive")):
        if config is not None:
            _give(engine, config, name, (_bound(engine, function, config),))
    return NOTHING


def _configurator(
    engine: Engine,
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    """`Configurator(settings=settings)`."""
    _keep_settings(engine, arguments.keywords.get("settings", NOTHING))
    cls = engine.names.definition(_CONFIGURATOR)
    return (engine.intern.instance(cls, exact=True),) if isinstance(cls, Class) else NOTHING


def _add_settings(
    engine: Engine,
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    _keep_settings(engine, arguments.at(0, "settings"))
    return NOTHING


def _keep_settings(engine: Engine, given: Values) -> None:
    mappings = tuple(value for value in given if isinstance(value, ContainerValue) and value.kind == "dict")
    engine.write(kept_items.added_member(engine, _CONFIGURATOR, _SETTINGS), mappings)


def _get_settings(
    engine: Engine,
    scope: Scope,  # noqa: ARG001
    arguments: Arguments,  # noqa: ARG001
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    return engine.read(kept_items.added_member(engine, _CONFIGURATOR, _SETTINGS))


def _object(engine: Engine, path: str) -> InstanceValue | None:
    cls = engine.names.definition(path)
    return engine.intern.instance(cls) if isinstance(cls, Class) else None


def _named(names: Values, functions: Values) -> Iterator[tuple[str, Value]]:
    """Each function with the member's name; without one, the function's own."""
    told = [v.value for v in names if isinstance(v, ConstantValue) and isinstance(v.value, str)]
    for function in functions:
        own = [function.function.record.name] if isinstance(function, FunctionValue) else []
        if isinstance(function, FunctionValue | PartialValue):
            for name in told or own:
                yield name, function


def _is_computed(record: ir.Expr) -> bool:
    """Whether the member is read and not called: `reify=True`, or its third or fourth place."""
    if not isinstance(record, ir.Call):
        return False
    flags = [keyword.value for keyword in record.keywords if keyword.name in _COMPUTED] + record.arguments[2:4]
    return any(isinstance(flag, ir.Constant) and flag.value is True for flag in flags)


def _bound(engine: Engine, function: Value, receiver: Value) -> Value:
    if isinstance(function, FunctionValue) and function.receiver is None:
        return engine.intern.function(function.function, receiver)
    return function


def _give(engine: Engine, holder: InstanceValue, name: str, values: Values) -> None:
    engine.write(kept_items.added_member(engine, holder.cls.path, name), values)


def _attach(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`venusian.attach(wrapped, callback)`: a later scan calls `callback(scanner, name, wrapped)`."""
    cls = engine.names.definition(_SCANNER)
    scanner: Values = (engine.intern.instance(cls),) if isinstance(cls, Class) else NOTHING
    for callback in arguments.at(1, "callback"):
        given = Arguments([scanner, NOTHING, arguments.at(0, "wrapped")], {})
        engine.apply(scope, callback, given, None, record)
    return NOTHING


TABLE: dict[str, Intrinsic] = {
    "venusian.attach": _attach,
    f"{_CONFIGURATOR}.add_request_method": _add_request_method,
    f"{_CONFIGURATOR}.add_directive": _add_directive,
    f"{_CONFIGURATOR}.add_settings": _add_settings,
    f"{_CONFIGURATOR}.get_settings": _get_settings,
    _CONFIGURATOR: _configurator,
}
