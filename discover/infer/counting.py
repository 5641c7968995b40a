"""How often a loop turns: told only where its start, its step and its bound are all written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from discover.facts import records as facts

_BOUND = re.compile(r"(?:(\w+) (<|<=|>|>=) (-?\d+)|(-?\d+) (<|<=|>|>=) (\w+))")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SCOPES = (facts.Function, facts.Class, facts.Lambda)


def turns_of(
    loop: facts.ForLoop | facts.While, function: facts.Function | None, ranges: Mapping[int, tuple[int, ...]]
) -> int | None:
    """The most turns of a loop that counts to a constant; None where the code doesn't say.

    `ranges` has what `range` is given, by call, where that is constants of any module.
    """
    if isinstance(loop, facts.ForLoop):
        return _of_range(loop.iterable, ranges)
    if function is None or " or " in loop.text or " if " in loop.text:
        return None
    for part in loop.text.split(" and "):
        found = _BOUND.fullmatch(part)
        turns = _counted(loop, function, found) if found else None
        if turns is not None:
            return turns
    return None


def _of_range(iterable: facts.Expr, ranges: Mapping[int, tuple[int, ...]]) -> int | None:
    if isinstance(iterable, facts.Call) and iterable.number in ranges:
        return length(*ranges[iterable.number])
    arguments = iterable.arguments if isinstance(iterable, facts.Call) else []
    numbers = [number for argument in arguments if (number := _integer(argument)) is not None]
    if len(numbers) != len(arguments) or not 1 <= len(numbers) <= 3:
        return None
    return length(*numbers)


def length(*numbers: int) -> int | None:
    """How many numbers a range has; None where that can't be said."""
    try:
        return len(range(*numbers))
    except (OverflowError, ValueError):  # More turns than a length can say, or a step of zero.
        return None


def _integer(expression: facts.Expr | None) -> int | None:
    value = expression.value if isinstance(expression, facts.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counted(loop: facts.While, function: facts.Function, found: re.Match[str]) -> int | None:
    name = found[1] or found[6]
    comparison = found[2] or _MIRRORED[found[5]]
    bound = int(found[3] or found[4])
    start, step = _start(loop, function, name), _step(loop, name)
    if start is None or not step or (step > 0) != (comparison in ("<", "<=")):
        return None
    return length(start, bound + (0 if "=" not in comparison else 1 if step > 0 else -1), step)


def _start(loop: facts.While, function: facts.Function, name: str) -> int | None:
    """The constant that the name is given before the loop, where nothing else but the loop's step changes it."""
    if any(parameter.name == name for parameter in function.parameters) or name in function.shared_names:
        return None
    changes = list(_changes(function.body, name))
    if len(changes) != 2 or not isinstance(changes[0], facts.Assign) or changes[0].line >= loop.line:
        return None
    first = changes[0]
    is_plain = not first.operator and len(first.targets) == 1 and isinstance(first.targets[0], facts.Name)
    return _integer(first.value) if is_plain else None


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


def _step(loop: facts.While, name: str) -> int | None:
    """What each turn that does not leave the loop adds to the name: in its body, or in the `try` or its handlers."""
    for index, statement in enumerate(loop.body):
        step = _added(statement, name)
        if step is not None:
            return None if any(map(_may_skip, loop.body[:index])) else step
        if isinstance(statement, facts.Try):
            steps = [_added(inner, name) for inner in statement.body[:1]]
            if len(statement.handlers) == 1:
                steps += [_added(inner, name) for inner in statement.handlers[0].body]
            counted = [step for step in steps if step is not None]
            if counted:
                return counted[0]
    return None


def _added(statement: facts.Stmt, name: str) -> int | None:
    if not isinstance(statement, facts.Assign) or statement.operator.rstrip("=") not in ("+", "-"):
        return None
    value = _integer(statement.value)
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
