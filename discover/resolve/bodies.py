"""What a body assigns and returns, and which names an expression reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from discover.facts import records as ir
from discover.facts.walking import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from discover.resolve.symbols import Function


class Body(NamedTuple):
    """What a body assigns and returns."""

    assigned: dict[str, list[ir.Expr]]
    """Its names, each with what is assigned to it; a loop's name with `*iterable`: one item of it."""
    attributes: list[tuple[ir.Attribute, ir.Expr]]
    """The attributes that it sets."""
    items: list[tuple[ir.Subscript, ir.Expr]]
    """The items of mappings and lists that it sets."""
    returned: list[ir.Expr]
    unpacked: dict[str, list[ir.Expr]]
    """The names into which a loop takes its items apart, each with what the loop goes over."""


class Bodies:
    """Reads each function's body once."""

    def __init__(self) -> None:
        self._read: dict[Function, Body] = {}
        self._as_given: dict[tuple[Function, str], frozenset[int]] = {}

    def assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        """Local names with the expressions that are assigned to them; a loop's name with `*iterable`."""
        return self._of(function).assigned

    def attributes_set(self, function: Function, names: set[str]) -> list[tuple[ir.Attribute, ir.Expr]]:
        """The assignments in a function to attributes of these names."""
        return [(target, value) for target, value in self._of(function).attributes if target.name in names]

    def every_attribute_set(self, function: Function) -> list[ir.Attribute]:
        """The attributes that a function assigns, of whatever object."""
        return [target for target, _ in self._of(function).attributes]

    def items_set(self, function: Function) -> list[tuple[ir.Subscript, ir.Expr]]:
        """The assignments in a function to items: `table[key] = value`."""
        return self._of(function).items

    def depends_on(self, function: Function, name: str) -> list[ir.Expr]:
        """What a name of the function's own is made of; nothing for a parameter."""
        body = self._of(function)
        return [*body.assigned.get(name, ()), *body.unpacked.get(name, ())]

    def returned(self, function: Function) -> list[ir.Expr]:
        """The expressions that a function returns."""
        return self._of(function).returned

    def is_bound_before(self, function: Function, name: str, expression: ir.Expr) -> bool:
        """Whether a function binds the name again before it reads the expression; where the latter is not seen, at all.

        `job, args = args[0], args[1:]` binds it after.
        """
        if name not in self._of(function).assigned:
            return False
        for statement in function.statements:
            if isinstance(statement, ir.Assign):
                if statement.value is expression:
                    return False
                if any(isinstance(target, ir.Name) and target.id == name for target in statement.targets):
                    return True
        return True

    def is_as_given(self, function: Function, read: ir.Name) -> bool:
        """Whether a parameter is read before the function binds it, or to do so: `job = queue.enqueue(job)`."""
        key = (function, read.id)
        known = self._as_given.get(key)
        if known is None:
            known = self._as_given[key] = _read_as_given(function, read.id)
        return id(read) in known

    def _of(self, function: Function) -> Body:
        known = self._read.get(function)
        if known is None:
            known = self._read[function] = body_of(function)
        return known


def _read_as_given(function: Function, name: str) -> frozenset[int]:
    """The readings of a parameter up to the first statement that binds it, those in conditions left out."""
    found: set[int] = set()
    if not any(parameter.name == name for parameter in function.record.parameters):
        return frozenset()
    for statement in function.statements:
        if isinstance(statement, ir.ForLoop) and name in names_read(statement.target):
            break
        if isinstance(statement, ir.Assign | ir.Evaluate | ir.Return):
            found.update(id(one) for one in within(statement) if isinstance(one, ir.Name) and one.id == name)
        if isinstance(statement, ir.Assign) and any(name in names_read(target) for target in statement.targets):
            break
    return frozenset(found)


def names_read(expression: ir.Expr) -> Iterator[str]:
    """Every name that stands in the expression."""
    pending = [expression]
    while pending:
        one = pending.pop()
        if type(one) is ir.Name:
            yield one.id
        else:
            inner = _INNER.get(type(one))
            if inner is not None:
                pending += inner(one)


_INNER: dict[type, Callable[[Any], Iterable[ir.Expr]]] = {
    ir.Attribute: lambda one: (one.value,),
    ir.Await: lambda one: (one.value,),
    ir.Starred: lambda one: (one.value,),
    ir.Call: lambda one: [one.function, *one.arguments, *[keyword.value for keyword in one.keywords]],
    ir.FString: lambda one: one.parts,
    ir.Binary: lambda one: (one.left, one.right),
    ir.Choice: lambda one: one.values,
    ir.Sequence: lambda one: one.items,
    ir.Mapping: lambda one: one.values,
    ir.Subscript: lambda one: (one.value, one.index),
    ir.Comprehension: lambda one: [one.element, *[generator.iterable for generator in one.generators]],
}
"""Kind of expression -> those in it of which the names are read. A look at the kind is worth ten at its bases."""


def body_of(function: Function) -> Body:
    """What a function's body assigns and returns."""
    assigned: dict[str, list[ir.Expr]] = {}
    attributes: list[tuple[ir.Attribute, ir.Expr]] = []
    items: list[tuple[ir.Subscript, ir.Expr]] = []
    returned: list[ir.Expr] = []
    unpacked: dict[str, list[ir.Expr]] = {}
    gathered = {p.name for p in function.record.parameters if p.kind == "varargs"}
    for statement in function.statements:
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Sequence) and next(names_read(statement.value), "") in gathered:
                    _unpack(assigned, target, statement.value)
                elif isinstance(target, ir.Name):
                    value = statement.value
                    if statement.operator:
                        value = ir.Binary(statement.operator, ir.Name(target.id), value)
                    assigned.setdefault(target.id, []).append(value)
                elif isinstance(target, ir.Attribute):
                    attributes.append((target, statement.value))
                elif isinstance(target, ir.Subscript):
                    items.append((target, statement.value))
        elif isinstance(statement, ir.Return) and statement.value is not None:
            returned.append(statement.value)
        elif isinstance(statement, ir.ForLoop):
            name, iterable = _gone_through(statement)
            if name:
                assigned.setdefault(name, []).append(ir.Starred(iterable))
            for other in names_read(statement.target):
                if other != name:
                    unpacked.setdefault(other, []).append(iterable)
    return Body(assigned, attributes, items, returned, unpacked)


def _unpack(assigned: dict[str, list[ir.Expr]], targets: ir.Sequence, value: ir.Expr) -> None:
    """`job, *rest = args`: the names before a starred one, each with its item."""
    if not isinstance(value, ir.Name):
        return
    for place, target in enumerate(targets.items):
        if isinstance(target, ir.Starred):
            break
        if isinstance(target, ir.Name):
            assigned.setdefault(target.id, []).append(ir.Subscript(value, ir.Constant(place)))


def _gone_through(loop: ir.ForLoop) -> tuple[str, ir.Expr]:
    """The name that stands for an item, and of what; of `for key, value in mapping.items()` the key, of the mapping."""
    target, iterable = loop.target, loop.iterable
    if isinstance(target, ir.Name):
        return target.id, iterable
    called = iterable.function if isinstance(iterable, ir.Call) else None
    if not isinstance(called, ir.Attribute) or called.name != "items" or not isinstance(target, ir.Sequence):
        return "", iterable
    key = target.items[0] if target.items else target
    return (key.id, called.value) if isinstance(key, ir.Name) else ("", iterable)
