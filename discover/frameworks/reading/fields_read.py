"""Which classes an object may be of, told by the attributes that code reads of it on the way to a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.facts.walking import blocks, within
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.symbols import Class, Function


def fields_read(function: Function, call: ir.Call) -> frozenset[str]:
    """The attributes that are surely read of the call's receiver before the call; none where it is no plain name."""
    receiver = call.function.value if isinstance(call.function, ir.Attribute) else None
    if not isinstance(receiver, ir.Name) or receiver.id in function.rebound:
        return frozenset()
    found: set[str] = set()
    for node in _surely_run(function.record.body, call):
        found.update(_of_name(node, receiver.id))
    return frozenset(found)


def having(classes: Iterable[Class], fields: frozenset[str]) -> list[Class]:
    """The classes that declare each of the fields; a field that none of them declares says nothing."""
    kept = list(classes)
    for field in sorted(fields):
        kept = [cls for cls in kept if declares(cls, field)] or kept
    return kept


def declares(cls: Class, name: str) -> bool:
    """Whether a class has an attribute by its own code, its bases' or a back reference; not by what others assign.

    A foreign key `customer` gives `customer_id` too.
    """
    names = (name, name.removesuffix("_id"))
    return any(
        level.is_opaque or any(n in level.names or n in level.self_attributes or _is_referred(level, n) for n in names)
        for level in cls.mro
    )


def _is_referred(cls: Class, name: str) -> bool:
    slot = cls.attributes.get(name)
    return slot is not None and any(isinstance(value, InstanceValue) for value in slot.values)


def _surely_run(body: list[ir.Stmt], call: ir.Call) -> Iterable[object]:
    """What runs in each run that comes to the call: the statements before it, and the tests of what it stands in."""
    for statement in body:
        inner = list(blocks(statement))
        around = [block for block in inner if _holds(block, call)]
        if isinstance(statement, ir.With):
            yield from (item.value for item in statement.items)
            around = [statement.body]
        elif isinstance(statement, ir.If | ir.While):
            yield statement.test
        elif isinstance(statement, ir.ForLoop):
            yield statement.iterable
        elif isinstance(statement, ir.Assign):
            yield from (statement.value, *(t for t in statement.targets if not _is_plain(t)))
        elif not inner and not isinstance(statement, ir.Function | ir.Class):
            yield statement
        for block in around:
            yield from _surely_run(block, call)
        if _holds(statement, call):
            return


def _is_plain(target: ir.Expr) -> bool:
    return isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name)


def _of_name(node: object, name: str) -> Iterable[str]:
    """The attributes of the name in an expression, without those that only some runs read."""
    if isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name):
        if node.value.id == name:
            yield node.name
    elif isinstance(node, ir.Choice):
        for part in node.tests or node.values[:1]:
            yield from _of_name(part, name)
    elif isinstance(node, list):
        for part in node:
            yield from _of_name(part, name)
    elif isinstance(node, msgspec.Struct) and not isinstance(node, ir.Lambda | ir.Comprehension | ir.Function):
        for field in node.__struct_fields__:
            yield from _of_name(getattr(node, field), name)


def _holds(node: object, call: ir.Call) -> bool:
    """Whether the call stands in it."""
    return any(one is call for one in within(node))
