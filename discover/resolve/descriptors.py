"""What annotations, and the descriptors that stand behind an attribute, say that reading it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Value, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Class, Function


def promised(engine: Engine, receiver: InstanceValue, name: str) -> Values:
    """What the nearest annotation in method order says of an attribute whose value is not known."""
    for level in receiver.cls.mro:
        if name in level.annotations:
            return annotated(engine, level, name, receiver)
    return NOTHING


def described(engine: Engine, member: InstanceValue, instance: Value | None, owner: ClassValue) -> Values:
    """The descriptor protocol: what a class attribute's `__get__` gives, when its class has one."""
    method = engine.hierarchy.method(member.cls, "__get__")
    if method is None or method.is_project or method.record.returns is None:
        return (member,)
    environment = dict(engine.hierarchy.environment(member.cls, member.bindings))
    environment["Owner"] = (engine.intern.instance(owner.cls, owner.bindings),)
    if instance is None:
        environment["Instance"] = NOTHING
    scope = method.outer or method.module.body
    for parameter in method.record.parameters if is_tied(engine, method, owner.cls) else ():
        if parameter.name == "owner" and parameter.annotation is not None:
            tied: dict[str, Values] = {}
            engine.annotations.bind(scope, parameter.annotation, (owner,), tied)
            environment.update(tied)
    bindings = tuple((k, v) for k, v in environment.items() if k in member.cls.parameters and v)
    environment["Self"] = (engine.intern.instance(member.cls, bindings),)
    return engine.annotations.values(scope, method.record.returns, environment)


def is_tied(engine: Engine, method: Function, owner: Class) -> bool:
    """Whether the `__get__` of a stub says something of objects of a class: it may name whose attribute it is.

    By `instance: Model`, a manager that stands in a view, not in a model, stays that of the model it was taken from.
    """
    annotation = next((p.annotation for p in method.record.parameters if p.name == "instance"), None)
    if annotation is None:
        return True
    engine.hierarchy.resolve(owner)
    wanted = engine.annotations.values(method.outer or method.module.body, annotation, {})
    classes = {value.cls for value in wanted if isinstance(value, InstanceValue)}
    return not classes or any(level in classes or level.is_opaque for level in owner.mro)


def annotated(engine: Engine, level: Class, name: str, receiver: InstanceValue) -> Values:
    """What a class's annotation says of an attribute of one of its objects."""
    environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
    environment["Self"] = (receiver,)
    values = engine.annotations.values(level, level.annotations[name], environment)
    found: Values = NOTHING
    owner = engine.intern.class_(receiver.cls, receiver.bindings)
    for value in values:
        if isinstance(value, InstanceValue) and not value.cls.is_project:
            found = join(found, described(engine, value, receiver, owner))
        else:
            found = join(found, (value,))
    return found
