"""What the project's functions give back, as the receiver of the call sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.symbols import Class, Function
from discover.resolve.values import (
    NOTHING,
    CallableValue,
    ClassValue,
    ContainerValue,
    ExternalValue,
    InstanceValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_CONTAINERS = frozenset(f"builtins.{name}" for name in ("list", "dict", "set", "frozenset", "tuple", "Iterator"))


def returned(engine: Engine, function: Function, receiver: Value | None = None) -> Values:
    """What a project function gives back: what its annotation says, else what was inferred.

    A class that nothing describes says no more than its name: what was inferred stands before it.
    """
    annotation = function.record.returns
    declared: Values = NOTHING
    if annotation is not None:
        environment: dict[str, Values] = {}
        if isinstance(receiver, InstanceValue):
            environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
            environment["Self"] = (receiver,)
        elif isinstance(receiver, ClassValue):
            environment["Self"] = (engine.intern.instance(receiver.cls, receiver.bindings),)
        declared = engine.annotations.values(function.outer or function.module.body, annotation, environment)
    engine.demand(function)
    if function.record.is_generator:
        yielded = _as_receiver(engine, function, receiver, engine.read(function.yields))
        iterator = engine.builtin_class("Iterator")
        if yielded and iterator is not None:
            return (engine.intern.instance(iterator, (("T", yielded),)),)
        return declared
    is_bare = bool(declared) and all(isinstance(value, ExternalValue) for value in declared)
    if declared and not is_bare and not _vague(declared) and not says_more(engine.read(function.returns), declared):
        return declared
    inferred = _as_receiver(engine, function, receiver, engine.read(function.returns))
    if isinstance(receiver, InstanceValue) and receiver.bindings:
        inferred = tuple(dict.fromkeys(_tied(engine, receiver, value) for value in inferred))
    if len(inferred) > 1 and isinstance(receiver, InstanceValue):
        inferred = _as_promised(engine, function, receiver, inferred)
    if is_bare:
        return join(inferred, declared) if _names_things(inferred) else declared
    return inferred or declared


def says_more(inferred: Values, declared: Values) -> bool:
    """Whether the annotation names a library's class alone, and what is given back is known to be one of something.

    `-> Task` of a function that gives back a task: which one was seen. So it is of `-> type[BaseSerializer]`, and of
    `-> BaseSerializer[Order]` where the project's own classes below it are given back. What is made of a class of the
    project is just that, whatever the annotation calls it. What a list or a dict holds is told the same way.
    """
    if inferred and all(isinstance(value, ContainerValue) for value in inferred):
        held = _held(declared)
        further = tuple(value for value in _elements(inferred) if value not in held)
        return bool(held) and says_more(further, held)
    plain = {_named(value) for value in declared if isinstance(value, InstanceValue | ClassValue)}
    if len(plain) < len(declared) or any(cls.is_project for cls, _ in plain):
        return False
    is_bound = any(value.bindings for value in declared if isinstance(value, InstanceValue | ClassValue))
    return bool(inferred) and all(_tells(value, plain, is_bound=is_bound) for value in inferred)


def _named(value: InstanceValue | ClassValue) -> tuple[Class, type[Value]]:
    return value.cls, type(value)


def _tells(value: Value, plain: set[tuple[Class, type[Value]]], *, is_bound: bool) -> bool:
    """Whether a value is more than an object of the library's class: of the project's own, or of known arguments."""
    if not isinstance(value, InstanceValue | ClassValue):
        return False
    if not value.cls.is_project and (is_bound or not value.bindings or isinstance(value, ClassValue)):
        return False
    is_made = isinstance(value, InstanceValue) and value.exact and value.cls.is_project
    return is_made or any(isinstance(value, kind) and cls in value.cls.mro for cls, kind in plain)


def _held(declared: Values) -> Values:
    """What an annotation says that the one container which it names holds."""
    named = declared[0] if len(declared) == 1 else None
    is_container = isinstance(named, InstanceValue) and named.cls.path in _CONTAINERS
    return named.bindings[-1][1] if is_container and isinstance(named, InstanceValue) and named.bindings else NOTHING


def _elements(values: Values) -> Values:
    found: Values = NOTHING
    for value in values:
        found = join(found, value.element.values if isinstance(value, ContainerValue) else NOTHING)
    return found


def _names_things(values: Values) -> bool:
    """Whether there are objects of the project, or of libraries, among the values, and no mere data."""
    return any(isinstance(v, InstanceValue) and not v.cls.path.startswith("builtins.") for v in values)


def _as_promised(engine: Engine, function: Function, receiver: InstanceValue, values: Values) -> Values:
    """An override keeps what the library's method promises of its receiver: a form's `save` gives the form's model.

    The override is evaluated once for all classes that inherit it, so that its result holds what each of them gives.
    """
    stub = overridden(function)
    if stub is None or stub.record.returns is None:
        return values
    environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
    environment["Self"] = (receiver,)
    promised = engine.annotations.values(stub.outer or stub.module.body, stub.record.returns, environment)
    classes = [v.cls for v in promised if isinstance(v, InstanceValue) and v.cls.is_project]
    if not classes or len(classes) < len(promised):
        return values
    known = set(classes)
    above = {level for cls in known for level in cls.mro}
    kept = tuple(v for v in values if _fits(v, known, above))
    return kept if any(isinstance(v, InstanceValue) and v.cls.is_project for v in kept) else values


def overridden(function: Function) -> Function | None:
    """The library's method that a project's method overrides."""
    for level in function.owner.mro if function.owner is not None else ():
        if not level.is_project and function.record.name in level.names:
            return next((m for m in level.methods() if m.record.name == function.record.name), None)
    return None


def _fits(value: Value, classes: set[Class], above: set[Class]) -> bool:
    """Whether a value may be an object of one of the classes: its class is one, or stands above or below one."""
    if not isinstance(value, InstanceValue) or not value.cls.is_project:
        return True
    return value.cls in above or not classes.isdisjoint(value.cls.mro)


def _as_receiver(engine: Engine, function: Function, receiver: Value | None, values: Values) -> Values:
    """A method that gives back its own class, or an object of it, gives the receiver's when called on a subclass."""
    owner = function.owner
    if owner is None or not isinstance(receiver, (InstanceValue, ClassValue)) or receiver.cls is owner:
        return values
    if owner not in receiver.cls.mro or not values:
        return values
    return engine.substitutions.given(engine, values, owner, receiver.cls)


def _tied(engine: Engine, receiver: InstanceValue, value: Value) -> Value:
    """A manager's method gives a query, or a query's method another one: it is of the receiver's model too."""
    if not isinstance(value, InstanceValue) or value.bindings:
        return value
    levels = {level for level in receiver.cls.mro if level.parameters and not level.is_project}
    names = {name for level in value.cls.mro if level in levels for name in level.parameters}
    bindings = tuple((name, values) for name, values in receiver.bindings if name in names)
    return engine.intern.instance(value.cls, bindings, exact=value.exact) if bindings else value


def _vague(values: Values) -> bool:
    return all(
        (isinstance(v, InstanceValue) and v.cls.path.startswith(("builtins.", "contextlib.Abstract")) and _is_open(v))
        or isinstance(v, CallableValue)
        for v in values
    )


def _is_open(value: InstanceValue) -> bool:
    """Whether nothing is known of what it holds, or of what it enters: an annotation's argument may be no class."""
    is_context = value.cls.path.startswith("contextlib.")
    return not (any(bound for _, bound in value.bindings) if is_context else value.bindings)
