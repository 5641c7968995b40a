"""Which class's object a call runs a method on, where that is one class for certain."""

from __future__ import annotations

from discover.facts import records as facts
from discover.frameworks.reading.own_objects import is_own_object
from discover.link.type_arguments import receiver_for
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function
from discover.resolve.type_variables import may_be
from discover.resolve.values import ClassValue, FunctionValue, InstanceValue, Value, Values


def class_at(program: Program, site: CallSite, function: Function) -> str:
    """The id of the class whose object a call runs one of its targets on; empty where several may be meant.

    Empty too for calls on the caller's own object: which class that is of, the caller's own caller knows.
    """
    called = site.call.function
    if function.owner is None or (isinstance(called, facts.Attribute) and is_own_object(site.function, called.value)):
        return ""
    return class_of(program, site.callee, function)


def class_of(program: Program, called: Values, function: Function) -> str:
    """The object that calling the values runs the function on: its class, where that is one for certain.

    With its own type arguments, which may be known where the class is not.
    """
    found: dict[str, Class | None] = {}
    for value in called:
        receiver = value.receiver if isinstance(value, FunctionValue) and value.function is function else None
        if isinstance(value, ClassValue):
            receiver = value
        elif receiver is None:
            if not isinstance(value, FunctionValue):
                return ""
            continue
        cls = _known(program, receiver)
        bindings = receiver.bindings if isinstance(receiver, InstanceValue) else ()
        found[receiver_for(cls, bindings)] = cls
    classes = set(found.values())
    cls = classes.pop() if len(classes) == 1 else None
    if cls is not None and (not cls.is_project or function.owner not in cls.mro):
        return ""
    if len(found) == 1:
        return next(iter(found))
    return cls.id if cls is not None else ""


def is_shared(called: Values) -> bool:
    """Whether one function among the values is a method that objects of several classes have."""
    if len(called) < 2:
        return False
    methods = [value for value in called if isinstance(value, FunctionValue) and value.receiver is not None]
    classes: dict[Function, object] = {}
    return any(classes.setdefault(one.function, _class(one.receiver)) is not _class(one.receiver) for one in methods)


def _class(value: Value | None) -> Class | None:
    return value.cls if isinstance(value, InstanceValue | ClassValue) else None


def _known(program: Program, value: Value) -> Class | None:
    """The class of an object, where no class below it can be meant."""
    if isinstance(value, InstanceValue):
        hierarchy = program.engine.hierarchy
        is_certain = value.exact or not any(may_be(hierarchy, cls, value) for cls in value.cls.subclasses)
        return value.cls if is_certain else None
    if isinstance(value, ClassValue) and not (value.open and value.cls.subclasses):
        return value.cls
    return None
