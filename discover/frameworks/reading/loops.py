"""The loops of a function, and which function a loop hands each message to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements
from discover.resolve.bodies import names_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

Loop = ir.ForLoop | ir.While


class Loops:
    """Finds each function's loops once."""

    def __init__(self) -> None:
        self._found: dict[Function, tuple[Loop, ...]] = {}

    def of(self, function: Function) -> tuple[Loop, ...]:
        """All loops of the function's own body, outer ones first."""
        found = self._found.get(function)
        if found is None:
            found = self._found[function] = tuple(_walk(function.record.body))
        return found

    def around(self, function: Function, line: int, *, stream: bool) -> Loop | None:
        """The outermost loop that makes what stands on the line happen without end.

        A `for` ends when it has seen all of its items, unless it runs over a stream.
        """
        for loop in self.of(function):
            if loop.line <= line <= loop.end_line and (stream or isinstance(loop, ir.While)):
                return loop
        return None


def _walk(body: list[ir.Stmt]) -> Iterator[Loop]:
    return (statement for statement in statements(body) if isinstance(statement, ir.ForLoop | ir.While))


def called_in_loop(site: CallSite, assigned: Mapping[str, Sequence[ir.Expr]]) -> CallSite | None:
    """The call of a loop's name, where the loop goes over a list in whose display the site's call stands."""
    for loop in _walk(site.function.record.body):
        if not isinstance(loop, ir.ForLoop) or not isinstance(loop.target, ir.Name):
            continue
        gone_over = loop.iterable
        given = assigned.get(gone_over.id, []) if isinstance(gone_over, ir.Name) else []
        items = gone_over.items if isinstance(gone_over, ir.Sequence) else []
        items = given[0].items if len(given) == 1 and isinstance(given[0], ir.Sequence) else items
        if any(isinstance(item, ir.Call) and item.number == site.call.number for item in items):
            inside = (one for one in site.function.sites.values() if loop.line <= one.line <= loop.end_line)
            return next((one for one in inside if one.call.function == loop.target), None)
    return None


def message_names(loop: Loop, numbers: set[int]) -> set[str]:
    """The names that hold the message, or what is made of it, in a loop; `numbers` are the receiving calls."""
    names: set[str] = set()
    if isinstance(loop, ir.ForLoop):
        names.update(names_read(loop.target))
    for _ in range(3):
        before = len(names)
        _spread(loop.body, numbers, names)
        if len(names) == before:
            break
    return names


def _spread(body: list[ir.Stmt], numbers: set[int], names: set[str]) -> None:
    for statement in statements(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            if carries(statement.value, numbers, names):
                for target in statement.targets:
                    names.update(names_read(target))
        elif isinstance(statement, ir.ForLoop) and carries(statement.iterable, numbers, names):
            names.update(names_read(statement.target))


def carries(expression: ir.Expr, numbers: set[int], names: set[str]) -> bool:
    """Whether the expression holds one of the calls, or reads one of the names."""
    if isinstance(expression, ir.Await):
        return carries(expression.value, numbers, names)
    if isinstance(expression, ir.Call):
        if expression.number in numbers:
            return True
        parts = [*expression.arguments, *(keyword.value for keyword in expression.keywords), expression.function]
        return any(carries(part, numbers, names) for part in parts)
    if isinstance(expression, ir.Choice):
        return any(carries(value, numbers, names) for value in expression.values)
    if isinstance(expression, ir.Subscript):
        return carries(expression.value, numbers, names)
    return not names.isdisjoint(names_read(expression))
