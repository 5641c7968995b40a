"""What a catalog's `Pick` means wherever it is read: the argument that it names, and what to take of what is found.

Effects read picks at a call as it stands, frameworks as each of its callers sees it. They differ in how an expression
is evaluated; which one it is, and what is wanted of its values, is the same for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Class
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    InstanceValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.catalog.spec import Pick
    from discover.resolve.program import Program


def names_in(names: str | list[str] | None) -> list[str]:
    """The names of a keyword, a key or an attribute, which a catalog may write as one or as several."""
    if names is None:
        return []
    return [names] if isinstance(names, str) else names


def named_argument(pick: Pick, call: ir.Call | None) -> ir.Expr | None:
    """The argument that the pick names, by keyword or by place; None behind a `*`, where places are not known."""
    if call is None:
        return None
    for name in names_in(pick.keyword):
        for keyword in call.keywords:
            if keyword.name == name:
                return keyword.value
    if pick.argument is None or not 0 <= pick.argument < len(call.arguments):
        return None
    if any(isinstance(before, ir.Starred) for before in call.arguments[: pick.argument + 1]):
        return None
    return call.arguments[pick.argument]


def type_argument(program: Program, receiver: Value, number: int | str, owner: Class | None = None) -> Values:
    """What an object's class was made generic with, by the type variable's name, or by its place.

    Args:
        program: Knows the classes.
        receiver: The object, or its class.
        number: The type variable.
        owner: The class that counts the places; else the nearest class of a library that knows the place.
    """
    if not isinstance(receiver, InstanceValue | ClassValue):
        return NOTHING
    hierarchy = program.engine.hierarchy
    environment = hierarchy.environment(receiver.cls, receiver.bindings)
    if isinstance(number, str):
        return environment.get(number, NOTHING)
    hierarchy.resolve(receiver.cls)
    levels = [owner] if owner is not None else [level for level in receiver.cls.mro if not level.is_project]
    for level in levels:
        hierarchy.resolve(level)
        found = environment.get(level.parameters[number], NOTHING) if number < len(level.parameters) else NOTHING
        if found:
            return found
    return NOTHING


def bound(program: Program, pick: Pick, value: Value) -> Values:
    """What the picked object was bound to when it was made: the name of a topic object; else the value itself."""
    if pick.bound is None or not isinstance(value, InstanceValue):
        return (value,)
    return type_argument(program, value, pick.bound)


def keyed(program: Program, pick: Pick, values: Values) -> Values:
    """The keys of the picked mappings, or what stands under the wanted one; the values themselves for other picks."""
    if pick.keys:
        mappings = [value for value in values if isinstance(value, ContainerValue) and value.kind == "dict"]
        return tuple(program.engine.intern.constant(key) for value in mappings for key in value.items)
    if pick.key is None:
        return values
    found: Values = NOTHING
    for value in values:
        if isinstance(value, ContainerValue):
            for row in _rows(value):
                key = next((key for key in names_in(pick.key) if key in row.items), None)
                found = join(found, row.items[key].values if key is not None else NOTHING)
        elif pick.or_text and isinstance(value, ConstantValue):
            found = join(found, (value,))
    return found


def at_key(values: Values, key: str) -> Values:
    """What mappings hold at a key; `*` for all that they hold."""
    found: dict[Value, None] = {}
    for value in values:
        if isinstance(value, ContainerValue):
            slots = list(value.items.values()) if key == "*" else [value.items[key]] if key in value.items else []
            found.update((one, None) for slot in slots for one in slot.values)
    return tuple(found)


def _rows(value: ContainerValue) -> list[ContainerValue]:
    """The mapping itself, or those that a list holds."""
    if value.kind == "dict":
        return [value]
    return [one for slot in value.items.values() for one in slot.values if isinstance(one, ContainerValue)]


def class_attribute(program: Program, cls: Class, name: str) -> Values:
    """A class attribute; `Meta.model` stands in a class inside it, or inside one of its bases."""
    inside, _, last = name.rpartition(".")
    if not inside:
        return program.class_attribute(cls, name) if cls.is_project else NOTHING
    program.engine.hierarchy.resolve(cls)
    for level in cls.mro:
        for child in level.children.values():
            if isinstance(child, Class) and child.record.name == inside:
                values = program.class_attribute(child, last)
                if values:
                    return values
    return NOTHING
