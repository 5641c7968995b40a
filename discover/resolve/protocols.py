"""Structural types: the classes that have what a `Protocol` of the project asks for, or implement a zope interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.symbols import Class, Function

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
_INTERFACE = "zope.interface.Interface"
_IMPLEMENTER = "implementer"


def join_protocols(classes: Sequence[Class], methods_by_name: Mapping[str, Sequence[Function]]) -> None:
    """Count the classes that have all methods of a protocol, with its parameters' names, as classes below it."""
    for protocol in classes:
        if not protocol.is_project or not _is_protocol(protocol):
            continue
        asked = [m for level in protocol.mro if level.is_project for m in level.methods()]
        asked = [method for method in asked if not method.record.name.startswith("__")]
        if not asked:
            continue
        rarest = min(asked, key=lambda method: len(methods_by_name.get(method.record.name, ())))
        owners = {m.owner: None for m in methods_by_name.get(rarest.record.name, ()) if m.owner is not None}
        below: dict[Class, None] = {}
        for owner in owners:
            if owner.is_project and protocol not in owner.mro and not _is_protocol(owner):
                for cls in (owner, *owner.subclasses):
                    if all(_has(cls, method) for method in asked):
                        below[cls] = None
        protocol.subclasses += [cls for cls in below if cls not in protocol.subclasses]


def join_interfaces(classes: Sequence[Class]) -> None:
    """Count what `@implementer(IMailer)` decorates as a class below the interface, where one alone has that name.

    What an interface says of its methods is no code that runs.
    """
    interfaces: dict[str, list[Class]] = {}
    for cls in classes:
        if cls.is_project and any(base.path == _INTERFACE for level in cls.mro for base, _ in level.bases or ()):
            interfaces.setdefault(cls.record.name, []).append(cls)
            for method in cls.methods():
                method.is_abstract = True
    for cls in classes if interfaces else ():
        for decorator in cls.record.decorators if cls.is_project else ():
            if isinstance(decorator, ir.Call) and ending(decorator.function) == _IMPLEMENTER:
                named = [interfaces.get(ending(argument), []) for argument in decorator.arguments]
                for interface in (found[0] for found in named if len(found) == 1):
                    below = (one for one in (cls, *cls.subclasses) if one not in interface.subclasses)
                    interface.subclasses += list(below)


def is_callback(cls: Class) -> bool:
    """Whether it is a protocol that says no more than how its objects are called: a function's type, at length."""
    return "__call__" in cls.names and all(m.record.name == "__call__" for m in cls.methods()) and _is_protocol(cls)


def _is_protocol(cls: Class) -> bool:
    for base, _ in cls.bases or ():
        if base.path in _PROTOCOLS:
            return True
    return any(ending(base.value) == "Protocol" for base in cls.record.bases if isinstance(base, ir.Subscript))


def _has(cls: Class, asked: Function) -> bool:
    for level in cls.mro:
        if asked.record.name in level.names:
            own = next((m for m in level.methods() if m.record.name == asked.record.name), None)
            return own is not None and _fits(own, asked)
    return False


def _fits(own: Function, asked: Function) -> bool:
    """Whether a method can be called as the protocol's is: type checkers ask for the same names in the same places."""
    wanted = [p for p in asked.record.parameters if p.kind in ("normal", "keyword")]
    given = {p.name: p for p in own.record.parameters}
    kinds = {p.kind for p in own.record.parameters}
    if not all(p.name in given or (p.kind == "normal" and "varargs" in kinds) or "kwargs" in kinds for p in wanted):
        return False
    names = {p.name for p in asked.record.parameters}
    extra = [p for p in own.record.parameters if p.name not in names and p.kind in ("normal", "keyword", "positional")]
    return all(p.default is not None for p in extra)
