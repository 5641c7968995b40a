"""Which relation of a model code speaks of: the class attribute from which an object was read.

`Order.labels.through` sends what happens to `order.labels`, wherever an order comes from; both are known by the class
that declares the attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import ClassValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.program import Program
    from discover.resolve.symbols import Class, Scope


def relations_of(program: Program, scope: Scope, read: ir.Expr | None) -> list[str]:
    """`shop/models.py::Order.labels` for what reads this attribute of an order, or of the class."""
    return [f"{level.id}.{name}" for level, name in _declared(program, scope, read)]


def between(program: Program, scope: Scope, read: ir.Expr | None, keyword: str) -> list[str]:
    """The classes that the relation is said to go through, where its declaration names one."""
    found: list[str] = []
    for level, name in _declared(program, scope, read):
        given = _argument(level, name, keyword)
        values = program.values_of(level, given) if given is not None else ()
        if isinstance(given, ir.Constant) and isinstance(given.value, str):
            values = program.engine.class_by_label(given.value) if "." in given.value else ()
        found += [value.cls.id for value in values if isinstance(value, ClassValue | InstanceValue)]
    return found


def _declared(program: Program, scope: Scope, read: ir.Expr | None) -> Iterator[tuple[Class, str]]:
    if not isinstance(read, ir.Attribute):
        return
    seen: set[Class] = set()
    for value in program.values_of(scope, read.value):
        if not isinstance(value, ClassValue | InstanceValue):
            continue
        for level in value.cls.mro:
            if read.name in level.names or read.name in level.annotations:
                if level not in seen:
                    seen.add(level)
                    yield level, read.name
                break


def _argument(level: Class, name: str, keyword: str) -> ir.Expr | None:
    for statement in level.record.body:
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call):
            targets = [target.id for target in statement.targets if isinstance(target, ir.Name)]
            if name in targets:
                return next((one.value for one in statement.value.keywords if one.name == keyword), None)
    return None
