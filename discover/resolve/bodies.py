"""What a body assigns and returns, and which names an expression reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.symbols import Function


class Bodies:
    """Reads each function's body once."""

    def __init__(self) -> None:
        self._assigned: dict[Function, dict[str, list[ir.Expr]]] = {}
        self._returned: dict[Function, list[ir.Expr]] = {}

    def assignments(self, function: Function) -> dict[str, list[ir.Expr]]:
        """Local names with the expressions that are assigned to them; a loop's name with `*iterable`."""
        found = self._assigned.get(function)
        if found is None:
            found = self._assigned[function] = {}
            returned = self._returned[function] = []
            collect(function.record.body, found, returned)
        return found

    def returned(self, function: Function) -> list[ir.Expr]:
        """The expressions that a function returns."""
        self.assignments(function)
        return self._returned[function]


def names_read(expression: ir.Expr) -> Iterator[str]:
    """Every name that stands in the expression."""
    pending = [expression]
    while pending:
        one = pending.pop()
        if isinstance(one, ir.Name):
            yield one.id
        elif isinstance(one, ir.Attribute | ir.Await | ir.Starred):
            pending.append(one.value)
        elif isinstance(one, ir.Call):
            pending += [one.function, *one.arguments, *(keyword.value for keyword in one.keywords)]
        elif isinstance(one, ir.FString):
            pending += one.parts
        elif isinstance(one, ir.Binary):
            pending += [one.left, one.right]
        elif isinstance(one, ir.Choice):
            pending += one.values
        elif isinstance(one, ir.Sequence):
            pending += one.items
        elif isinstance(one, ir.Mapping):
            pending += one.values
        elif isinstance(one, ir.Subscript):
            pending += [one.value, one.index]
        elif isinstance(one, ir.Comprehension):
            pending += [one.element, *(generator.iterable for generator in one.generators)]


def collect(body: list[ir.Stmt], assigned: dict[str, list[ir.Expr]], returned: list[ir.Expr]) -> None:
    """Gather what a body assigns to its names, and what it returns; a loop assigns `*iterable`: one item of it."""
    for statement in statements(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Name):
                    value = statement.value
                    if statement.operator:
                        value = ir.Binary(statement.operator, ir.Name(target.id), value)
                    assigned.setdefault(target.id, []).append(value)
        elif isinstance(statement, ir.Return) and statement.value is not None:
            returned.append(statement.value)
        elif isinstance(statement, ir.ForLoop):
            name, iterable = _gone_through(statement)
            if name:
                assigned.setdefault(name, []).append(ir.Starred(iterable))


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


def attributes_set(body: list[ir.Stmt], names: set[str]) -> list[tuple[ir.Attribute, ir.Expr]]:
    """The assignments to attributes of these names."""
    found: list[tuple[ir.Attribute, ir.Expr]] = []
    for statement in statements(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            value = statement.value
            found += [(t, value) for t in statement.targets if isinstance(t, ir.Attribute) and t.name in names]
    return found
