"""Functions that a library is given with what it will call them with: `submit(f, x)`, `Thread(target=f, args=(x,))`.

How a library's stub names its parameters says which arguments those are: `*args` and `**kwargs` beside the function, or
two parameters of these names. They flow into the function as if it was called where it is handed over. So does what the
stub's annotation says that the function is called with: `callback: Callable[[Scanner, str], Any]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.arguments import flow
from discover.resolve.given import Arguments
from discover.resolve.values import NOTHING, ClassValue, ContainerValue, FunctionValue, PartialValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from discover.resolve.engine import Engine
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope
    from discover.resolve.values import Value

_CALLED = frozenset({FunctionValue, PartialValue})
_ITEMS = 16
"""So many items of a tuple that is handed over are told apart."""


def forward(engine: Engine, stub: Function, receiver: Value | None, arguments: Arguments, site: CallSite) -> None:
    """Let what a library is told to call a function with flow into it, and note the call that it will make."""
    given = [*arguments.positional, *arguments.keywords.values()]
    _forward_to_class(engine, stub, arguments)
    if all(_CALLED.isdisjoint(map(type, values)) for values in given):
        return
    parameters = stub.record.parameters
    if stub.takes_itself and (receiver is not None or stub.record.name == "__init__"):
        parameters = parameters[1:]
    names = [p.name for p in parameters if p.kind in ("positional", "normal")]
    kinds = {p.kind: p.name for p in parameters if p.kind in ("varargs", "kwargs")}
    own = {p.name for p in parameters if p.kind not in ("varargs", "kwargs")}
    if kinds.get("varargs") != "args" and "args" not in own:
        return
    handed = _loose(arguments, len(names), own) if kinds.get("varargs") == "args" else _packed(engine, arguments, names)
    for value, given_as in _plain(arguments, site.call, names, own):
        for function, before in _functions(value):
            passed = Arguments([*before.positional, *handed.positional], {**before.keywords, **handed.keywords})
            passed.star, passed.double = handed.star, handed.double
            flow(engine, function.function, function.receiver, passed)
            noted = engine.forwarded.setdefault((site.function, site.call.number), {})
            is_loose = kinds.get("varargs") == "args"
            noted[function.function] = _written(site.call, given_as, names, own, is_loose=is_loose)


def _forward_to_class(engine: Engine, stub: Function, arguments: Arguments) -> None:
    """Let what stands behind a class that a library makes an object of flow into its constructor.

    The stub says so by `cls: Callable[[App], Any], *args, **kwargs`: what the library puts first stands in brackets.
    """
    parameters = [p for p in stub.record.parameters if p.kind in ("positional", "normal") and p.name != "self"]
    if not parameters or not (before := _taken(parameters[0].annotation)):
        return
    if all(parameter.name != "args" for parameter in stub.record.parameters if parameter.kind == "varargs"):
        return
    first = parameters[0].name
    for value in arguments.at(0, first):
        init = engine.hierarchy.method(value.cls, "__init__") if isinstance(value, ClassValue) else None
        if init is not None and init.is_project and isinstance(value, ClassValue):
            handed = _loose(arguments, len(parameters), {parameter.name for parameter in parameters})
            handed.positional = [*(NOTHING for _ in before), *handed.positional]
            flow(engine, init, engine.intern.instance(value.cls, exact=True), handed)


def forward_types(
    engine: Engine,
    scope: Scope,
    stub: Function,
    receiver: Value | None,
    arguments: Arguments,
    environment: dict[str, Values],
) -> None:
    """Let objects of the types that a stub's annotation of a callback names flow into the callback."""
    is_bound = receiver is not None and stub.takes_itself
    for number, parameter in enumerate(stub.record.parameters[int(is_bound) :]):
        taken = _taken(parameter.annotation)
        if not taken:
            continue
        is_placed = parameter.kind in ("positional", "normal") and number < len(arguments.positional)
        given = arguments.positional[number] if is_placed else arguments.keywords.get(parameter.name, NOTHING)
        for function, before in (found for value in given for found in _functions(value)):
            passed = [engine.annotations.values(scope, one, environment) for one in taken]
            flow(
                engine,
                function.function,
                function.receiver,
                Arguments([*before.positional, *passed], dict(before.keywords)),
            )


def _taken(annotation: ir.Expr | None) -> list[ir.Expr]:
    """`[A, B]` of a `Callable[[A, B], R]`."""
    if not isinstance(annotation, ir.Subscript) or ending(annotation.value) != "Callable":
        return []
    index = annotation.index
    first = index.items[0] if isinstance(index, ir.Sequence) and index.items else index
    return list(first.items) if isinstance(first, ir.Sequence) else []


def _plain(
    arguments: Arguments, call: ir.Call, names: Sequence[str], own: set[str]
) -> Iterator[tuple[Value, ir.Expr | None]]:
    """What is given for the library's own parameters, the packed arguments left out, each with its expression."""
    for place, values in enumerate(arguments.positional[: len(names)]):
        if names[place] not in ("args", "kwargs"):
            expression = call.arguments[place] if place < len(call.arguments) else None
            yield from ((value, expression) for value in values)
    for name, values in arguments.keywords.items():
        if name in own and name not in ("args", "kwargs"):
            expression = next((keyword.value for keyword in call.keywords if keyword.name == name), None)
            yield from ((value, expression) for value in values)


def _functions(value: Value) -> Iterator[tuple[FunctionValue, Arguments]]:
    """The project's functions that calling a value runs, with what it puts before the arguments."""
    if isinstance(value, FunctionValue) and value.function.is_project:
        yield value, Arguments([], {})
    elif isinstance(value, PartialValue):
        for inner in value.functions:
            if isinstance(inner, FunctionValue) and inner.function.is_project:
                yield inner, Arguments(list(value.arguments), dict(value.keywords))


def _loose(arguments: Arguments, count: int, own: set[str]) -> Arguments:
    """What stands behind the library's own parameters."""
    named = {name: values for name, values in arguments.keywords.items() if name not in own}
    found = Arguments(arguments.positional[count:], named)
    found.star, found.double = arguments.star, arguments.double
    return found


def _packed(engine: Engine, arguments: Arguments, names: Sequence[str]) -> Arguments:
    """What stands in the tuple and the mapping that are given for `args` and `kwargs`."""
    given = dict(zip(names, arguments.positional, strict=False)) | arguments.keywords
    found = Arguments([], {})
    for value in given.get("args", ()):
        if isinstance(value, ContainerValue) and not found.positional:
            found.positional = [engine.read(value.items[i]) for i in range(_ITEMS) if i in value.items]
    found.star = () if found.positional else given.get("args", ())
    found.double = given.get("kwargs", ())
    return found


def _written(
    call: ir.Call, function: ir.Expr | None, names: Sequence[str], own: set[str], *, is_loose: bool
) -> ir.Call:
    """The call that the library will make, in the words of the one that hands over."""
    if is_loose:
        arguments = call.arguments[len(names) :]
        keywords = [keyword for keyword in call.keywords if keyword.name not in own]
    else:
        given = dict(zip(names, call.arguments, strict=False)) | {k.name: k.value for k in call.keywords if k.name}
        arguments, keywords = _items(given.get("args")), _pairs(given.get("kwargs"))
    is_named = isinstance(function, ir.Name | ir.Attribute)
    called = function if function is not None and is_named else call.function
    return ir.Call(call.number, call.line, call.end_line, called, arguments, keywords)


def _items(packed: ir.Expr | None) -> list[ir.Expr]:
    if isinstance(packed, ir.Sequence):
        return list(packed.items)
    return [ir.Starred(packed)] if packed is not None else []


def _pairs(packed: ir.Expr | None) -> list[ir.Keyword]:
    if not isinstance(packed, ir.Mapping):
        return [ir.Keyword(None, packed)] if packed is not None else []
    return [
        ir.Keyword(str(key.value) if isinstance(key, ir.Constant) else None, value)
        for key, value in zip(packed.keys, packed.values, strict=True)
    ]
