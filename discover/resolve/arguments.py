"""Arguments of a call, and their flow into the parameters of the project's functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, implicit
from discover.resolve.fitting import fitting
from discover.resolve.given import Arguments
from discover.resolve.made_of_given import hand_on
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import (
    NOTHING,
    SITE,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    InstanceValue,
    Slot,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_NAME_LENGTH = 120


def evaluate_arguments(engine: Engine, scope: Scope, call: ir.Call) -> Arguments:
    """Evaluate a call's arguments."""
    positional: list[Values] = []
    keywords: dict[str, Values] = {}
    found = Arguments(positional, keywords)
    for argument in call.arguments:
        if isinstance(argument, ir.Starred):
            values = engine.evaluate(scope, argument.value)
            found.star = join(found.star, values)
        elif isinstance(scope, Class) and isinstance(argument, ir.Constant) and argument.value == "self":
            # `ForeignKey("self")` in a class body: the class that is being defined.
            positional.append((engine.intern.class_(scope),))
        else:
            positional.append(engine.evaluate(scope, argument))
    for keyword in call.keywords:
        values = engine.evaluate(scope, keyword.value)
        if keyword.name is None:
            found.double = join(found.double, values)
        else:
            keywords[keyword.name] = values
    return found


def flow(engine: Engine, function: Function, receiver: Value | None, arguments: Arguments) -> None:
    """Let the arguments flow into the function's parameters."""
    parameters = function.record.parameters
    if not parameters:
        return
    start = 0
    if receiver is not None and function.takes_itself:
        start = 1
    given = arguments.positional
    number = start
    for parameter in parameters[start:]:
        kind = parameter.kind
        if kind in {"normal", "positional"}:
            index = number - start
            if index < len(given):
                values = given[index]
            else:
                values = arguments.keywords.get(parameter.name, NOTHING)
                if arguments.star:
                    values = join(values, containers.place(engine, arguments.star, index - len(given)))
                if arguments.double:
                    values = join(values, _keyed(engine, arguments.double, parameter.name))
            number += 1
        elif kind == "keyword":
            values = arguments.keywords.get(parameter.name, NOTHING)
            if arguments.double:
                values = join(values, _keyed(engine, arguments.double, parameter.name))
        elif kind == "varargs":
            _flow_rest(engine, function, parameter, given[max(number - start, 0) :], arguments.star)
            continue
        else:
            _flow_keywords(engine, function, parameter, arguments)
            hand_on(engine, function, receiver, arguments)
            continue
        slot = function.names[parameter.name]
        if not values or (parameter.annotation is not None and not _open(engine, slot)):
            continue
        if parameter.annotation is not None:
            values = fitting(engine, function, parameter.annotation, values)
        engine.write(slot, _carried(values))


def _carried(values: Values) -> Values:
    """What is worth following into a function: what can be called or looked up, and strings that name."""
    if len(values) == 1:
        return values if _names_something(values[0]) else NOTHING
    return tuple(value for value in values if _names_something(value))


def _names_something(value: Value) -> bool:
    if isinstance(value, ConstantValue):
        text = value.value
        return isinstance(text, str) and len(text) <= _NAME_LENGTH and " " not in text
    if isinstance(value, InstanceValue):
        return value.cls.is_project or bool(value.bindings) or not value.cls.path.startswith("builtins.")
    return not (isinstance(value, ExternalValue) and value.receiver is not None)


def _open(engine: Engine, slot: Slot) -> bool:
    """Whether an annotated parameter still says too little: only builtins, nothing, or of a queue not which one."""
    for value in slot.values:
        if type(value) is InstanceValue and not value.exact and not value.cls.path.startswith("builtins."):
            return SITE in engine.hierarchy.type_parameters(value.cls)
    return True


def _flow_rest(engine: Engine, function: Function, parameter: ir.Parameter, rest: list[Values], star: Values) -> None:
    for container in _gathered(engine, function, parameter):
        if not isinstance(container, ContainerValue):
            continue
        for index, values in enumerate(rest[: containers.ITEM_LIMIT]):
            engine.write(container.items.setdefault(index, Slot()), values)
            engine.write(container.element, values)
        if star:
            for index in range(4):
                values = containers.place(engine, star, index)
                if values:
                    engine.write(container.items.setdefault(len(rest) + index, Slot()), values)
                    engine.write(container.element, values)


def _flow_keywords(engine: Engine, function: Function, parameter: ir.Parameter, arguments: Arguments) -> None:
    names = {p.name for p in function.record.parameters if p.kind != "kwargs"}
    for container in _gathered(engine, function, parameter):
        if not isinstance(container, ContainerValue):
            continue
        for name, values in arguments.keywords.items():
            if name not in names:
                containers.store(engine, (container,), (engine.intern.constant(name),), values)
        if arguments.double:
            containers.merge(engine, container, arguments.double)


def _gathered(engine: Engine, function: Function, parameter: ir.Parameter) -> Values:
    """What `*args` or `**kwargs` of a function stands for.

    `*args` also as long as the function was not evaluated: a job is often among them. `**kwargs` of the many handlers
    that have them is waited for, as filling it for each caller takes twice the time.
    """
    slot = function.names[parameter.name]
    if not slot.values and parameter.kind == "varargs":
        engine.write(slot, (engine.intern.container(parameter, "tuple"),))
    elif not slot.values:
        engine.ask_again()
    return slot.values


def _keyed(engine: Engine, mappings: Values, name: str) -> Values:
    found: Values = NOTHING
    for mapping in mappings:
        if isinstance(mapping, ContainerValue):
            slot = mapping.items.get(name)
            if slot is not None:
                found = join(found, engine.read(slot))
            else:
                engine.read(mapping.element)  # it may be filled later
        elif isinstance(mapping, InstanceValue) and mapping.bindings and not mapping.cls.path.startswith("builtins."):
            method = engine.hierarchy.method(mapping.cls, "__getitem__")
            if method is not None and not method.is_project:
                asked = Arguments([(engine.intern.constant(name),)], {})
                found = join(found, implicit.results(engine, (engine.intern.function(method, mapping),), asked))
    return found
