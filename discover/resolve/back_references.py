"""Attributes that a descriptor in one class gives to another class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.data_fields import write_field
from discover.resolve.symbols import Class
from discover.resolve.values import NOTHING, InstanceValue, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine


def contribute(engine: Engine, cls: Class, values: Values, call: ir.Call) -> None:
    """A descriptor in a class body that gives the *other* class an attribute: a back reference.

    A stub says so by `def __contribute__(self, related_name="{owner}_set") -> RelatedManager[Owner]`: its parameter
    names the keyword that holds the attribute's name, its default the name without one.
    """
    for value in values:
        if isinstance(value, InstanceValue) and value.cls.is_project:
            engine.hierarchy.belongs(value.cls, cls)
        if not isinstance(value, InstanceValue) or value.cls.is_project:
            continue
        method = engine.hierarchy.method(value.cls, "__contribute__")
        if method is None or method.record.returns is None or len(method.record.parameters) < 2:
            continue
        environment = dict(engine.hierarchy.environment(value.cls, value.bindings))
        environment["Owner"] = (engine.intern.instance(cls),)
        given = engine.annotations.values(method.owner or method.module.body, method.record.returns, environment)
        name = _contributed_name(engine, cls, method.record.parameters[1], call)
        if not name:
            continue
        for instance in environment.get(value.cls.parameters[0], NOTHING) if value.cls.parameters else NOTHING:
            if isinstance(instance, InstanceValue):
                write_field(engine, instance.cls, name, given)


def _contributed_name(engine: Engine, cls: Class, parameter: ir.Parameter, call: ir.Call) -> str:
    for keyword in call.keywords:
        if keyword.name == parameter.name:
            for value in engine.evaluate(cls, keyword.value):
                text = getattr(value, "value", None)
                if isinstance(text, str):
                    return text
            inner = keyword.value
            if isinstance(inner, ir.Call) and inner.arguments and isinstance(inner.arguments[0], ir.Constant):
                return str(inner.arguments[0].value)
            return ""
    default = parameter.default
    if isinstance(default, ir.Constant) and isinstance(default.value, str):
        return default.value.replace("{owner}", cls.record.name.lower())
    return ""
