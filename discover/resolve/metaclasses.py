"""What defining a class runs: `__init_subclass__` of its bases, and a metaclass's `__new__` and `__init__`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.arguments import flow
from discover.resolve.given import Arguments
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, Slot, Value, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine


def announce(engine: Engine, cls: Class, value: Value) -> None:
    """Let what runs at a class's definition know of the class."""
    if not cls.is_project:
        return
    keywords = {k.name: engine.evaluate(cls.outer or cls.module.body, k.value) for k in cls.record.keywords if k.name}
    keywords.pop("metaclass", None)
    found = engine.hierarchy.member(cls, "__init_subclass__", after=cls)
    for member in found[1].values if found is not None and found[1] is not None else ():
        if isinstance(member, FunctionValue) and member.function.is_project:
            _run(engine, member.function, value, Arguments([], keywords))
            engine.write(member.function.names[member.function.record.parameters[0].name], (value,))
    metaclass = metaclass_of(engine, cls)
    if metaclass is not None:
        engine.write(engine.made.setdefault(metaclass, Slot()), (value,))
        name: Values = (engine.intern.constant(cls.record.name),)
        for method, first in (("__new__", engine.intern.class_(metaclass)), ("__init__", value)):
            function = engine.hierarchy.method(metaclass, method)
            if function is not None and function.is_project:
                _run(engine, function, first, Arguments([name], keywords))
                engine.write(function.names[function.record.parameters[0].name], (first,))


def _run(engine: Engine, function: Function, first: Value, arguments: Arguments) -> None:
    if function.record.parameters:
        flow(engine, function, first, arguments)


def metaclass_of(engine: Engine, cls: Class) -> Class | None:
    """The project's metaclass of a class: its own, or that of the nearest base."""
    for level in cls.mro:
        if not level.is_project:
            continue
        for expression in _named(level.record):
            for value in engine.evaluate(level.outer or level.module.body, expression):
                if isinstance(value, ClassValue) and value.cls.is_project and _makes_classes(value.cls):
                    return value.cls
    return None


def _named(record: ir.Class) -> Iterator[ir.Expr]:
    """What may stand for a class's own metaclass: `metaclass=Meta`, or `with_metaclass(Meta, Base)`."""
    for keyword in record.keywords:
        if keyword.name == "metaclass":
            yield keyword.value
    for base in record.bases:
        if isinstance(base, ir.Call) and base.arguments:
            yield base.arguments[0]


def _makes_classes(cls: Class) -> bool:
    return any(level.path in ("builtins.type", "abc.ABCMeta", "enum.EnumMeta") for level in cls.mro)


def _new(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`super().__new__(cls)`: an object of the class; in a metaclass, the classes that it makes."""
    given = arguments.positional[0] if arguments.positional else NOTHING
    found: Values = NOTHING
    for value in given or ((receiver,) if receiver is not None else ()):
        if not isinstance(value, ClassValue):
            continue
        engine.hierarchy.resolve(value.cls)
        if not _makes_classes(value.cls):
            found = join(found, (engine.intern.instance(value.cls, value.bindings),))
            continue
        for metaclass in (value.cls, *sorted(value.cls.subclasses, key=lambda c: c.id)):
            found = join(found, engine.read(engine.made.setdefault(metaclass, Slot())))
    return found


TABLE: dict[str, Intrinsic] = {
    "builtins.object.__new__": _new,
    "builtins.type.__new__": _new,
    "abc.ABCMeta.__new__": _new,
}
