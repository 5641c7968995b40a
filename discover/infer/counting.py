"""How often a loop turns: told only where its start, its step and its bound are all written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import text_of

Number = Callable[[facts.Expr], int | None]
"""Tells the whole number that an expression is; None where that may differ from run to run."""

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_SCOPES = (facts.Function, facts.Class, facts.Lambda)


def turns_of(
    loop: facts.ForLoop | facts.While,
    function: facts.Function | None,
    ranges: Mapping[int, tuple[int, ...]],
    number: Number,
) -> int | None:
    """The most turns of a loop that counts to a constant; None where the code doesn't say.

    `ranges` has what `range` is given, by call, where that is constants of any module.
    """
    if isinstance(loop, facts.ForLoop):
        return _of_range(loop.iterable, ranges)
    if function is None:
        return None
    test = loop.test
    for part in test.values if isinstance(test, facts.Choice) and test.operator == "and" else [test]:
        found = compared(part, number)
        turns = _counted(loop, function, *found) if found else None
        if turns is not None:
            return turns
    return None


def compared(test: facts.Expr, number: Number) -> tuple[str, str, int] | None:
    """The name, the comparison and the number of a test such as `attempt < TRIES`, however it is turned."""
    if not isinstance(test, facts.Opaque) or test.operator not in OPPOSITE:
        return None
    left, right = test.parts
    if isinstance(left, facts.Name) and (bound := number(right)) is not None:
        return left.id, test.operator, bound
    if isinstance(right, facts.Name) and (bound := number(left)) is not None:
        return right.id, _MIRRORED[test.operator], bound
    return None


def _of_range(iterable: facts.Expr, ranges: Mapping[int, tuple[int, ...]]) -> int | None:
    if isinstance(iterable, facts.Call) and iterable.number in ranges:
        return length(*ranges[iterable.number])
    is_range = isinstance(iterable, facts.Call) and text_of(iterable.function) == "range"
    arguments = iterable.arguments if isinstance(iterable, facts.Call) and is_range else []
    numbers = [number for argument in arguments if (number := integer(argument)) is not None]
    if len(numbers) != len(arguments) or not 1 <= len(numbers) <= 3:
        return None
    return length(*numbers)


def length(*numbers: int) -> int | None:
    """How many numbers a range has; None where that can't be said."""
    try:
        return len(range(*numbers))
    except (OverflowError, ValueError):  # More turns than a length can say, or a step of zero.
        return None


def integer(expression: facts.Expr | None) -> int | None:
    """The whole number that is written there."""
    value = expression.value if isinstance(expression, facts.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counted(loop: facts.While, function: facts.Function, name: str, comparison: str, bound: int) -> int | None:
    found = counter(loop, function, name)
    if found is None or comparison not in (("<", "<=") if found[1] > 0 else (">", ">=")):
        return None
    start, step, _ = found
    return length(start, bound + (0 if "=" not in comparison else 1 if step > 0 else -1), step)


def counter(loop: facts.While, function: facts.Function, name: str) -> tuple[int, int, int] | None:
    """What the name starts at and is stepped by in each turn, and on which line; None where that isn't written down."""
    start, stepping = _start(loop, function, name), _stepping(loop, name)
    step = _added(stepping, name) if stepping is not None else None
    return None if start is None or stepping is None or not step else (start, step, stepping.line)


def _start(loop: facts.While, function: facts.Function, name: str) -> int | None:
    """The constant that the name is given before the loop, where nothing else but the loop's step changes it."""
    if any(parameter.name == name for parameter in function.parameters) or name in function.shared_names:
        return None
    changes = list(_changes(function.body, name))
    if len(changes) != 2 or not isinstance(changes[0], facts.Assign) or changes[0].line >= loop.line:
        return None
    first = changes[0]
    is_plain = not first.operator and len(first.targets) == 1 and isinstance(first.targets[0], facts.Name)
    return integer(first.value) if is_plain else None


def _changes(node: object, name: str) -> Iterator[object]:
    """Whatever binds the name, in source order; a nested scope that shares it counts too."""
    if isinstance(node, list):
        for item in cast("list[object]", node):
            yield from _changes(item, name)
    elif isinstance(node, _SCOPES):
        inner = node.function if isinstance(node, facts.Lambda) else node
        if inner.name == name or name in getattr(inner, "shared_names", ()):
            yield node
    elif isinstance(node, msgspec.Struct):
        if name in _bound(node):
            yield node
        for field in node.__struct_fields__:
            yield from _changes(getattr(node, field), name)


def _bound(node: msgspec.Struct) -> Iterable[str]:
    match node:
        case facts.Assign() | facts.Delete():
            return _names(node.targets)
        case facts.ForLoop() | facts.For() | facts.WithItem():
            return _names([node.target])
        case facts.Named():
            return (node.target,)
        case facts.Handler():
            return (node.name or "",)
        case facts.Case():
            return node.names
        case facts.ImportedName():
            return (node.alias or node.name,)
        case _:
            return ()


def _names(targets: Iterable[facts.Expr | None]) -> Iterator[str]:
    for target in targets:
        if isinstance(target, facts.Name):
            yield target.id
        elif isinstance(target, facts.Starred):
            yield from _names([target.value])
        elif isinstance(target, facts.Sequence):
            yield from _names(target.items)


def _stepping(loop: facts.While, name: str) -> facts.Assign | None:
    """What adds to the name in each turn that does not leave the loop: in its body, or in the `try` or its handlers."""
    for index, statement in enumerate(loop.body):
        if _added(statement, name) is not None:
            return None if any(map(_may_skip, loop.body[:index])) else cast("facts.Assign", statement)
        if isinstance(statement, facts.Try):
            inside = statement.body[:1]
            if len(statement.handlers) == 1:
                inside = [*inside, *statement.handlers[0].body]
            for inner in inside:
                if _added(inner, name) is not None:
                    return cast("facts.Assign", inner)
    return None


def _added(statement: facts.Stmt, name: str) -> int | None:
    if not isinstance(statement, facts.Assign) or statement.operator.rstrip("=") not in ("+", "-"):
        return None
    value = integer(statement.value)
    if value is None or name not in _names(statement.targets):
        return None
    return value if statement.operator.startswith("+") else -value


def _may_skip(node: object) -> bool:
    """Whether a `continue` may leave out what follows."""
    if isinstance(node, facts.Jump):
        return node.kind == "continue"
    if isinstance(node, facts.If | facts.With | facts.Match | facts.Case | facts.Handler):
        return any(map(_may_skip, _parts(node)))
    return isinstance(node, facts.Try) and any(map(_may_skip, [*node.body, *node.handlers, *node.otherwise]))


def _parts(node: facts.If | facts.With | facts.Match | facts.Case | facts.Handler) -> list[object]:
    if isinstance(node, facts.If):
        return [*node.body, *node.otherwise]
    return [*(node.cases if isinstance(node, facts.Match) else node.body)]
