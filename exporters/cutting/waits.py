"""Statements that only let time pass."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from exporters.cutting.flow import Frame, Plain
from exporters.cutting.source import NO_PATHS, Code, Constant, File

_SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep"})


def slept(leaf: Plain, code: Code) -> ast.expr | None:
    """How long the leaf sleeps, where it does nothing else."""
    statement = leaf.tree[0] if len(leaf.tree) == 1 else None
    value = statement.value if isinstance(statement, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
        return None
    named = leaf.frame.meant(call.func, code)
    return call.args[0] if named in _SLEEPS else None


def is_wait(leaf: Plain, code: Code) -> bool:
    """Whether the leaf only sleeps."""
    return slept(leaf, code) is not None


def seconds(value: ast.expr, frame: Frame, code: Code) -> float | None:
    """The number that an expression always is; None where it is computed."""
    return number(value, code.file(frame.file), code, frozenset(frame.names), frame.paths)


def number(
    value: ast.expr,
    file: File | None,
    code: Code,
    own: frozenset[str] = frozenset(),
    paths: Mapping[str, str] = NO_PATHS,
) -> float | None:
    """The same in a file; `own` are the local names there, `paths` the dotted paths of what is imported there."""
    found: ast.expr = value
    for _ in range(4):
        if (
            isinstance(found, ast.Constant)
            and isinstance(found.value, int | float)
            and not isinstance(found.value, bool)
        ):
            return float(found.value)
        named = code.meant(found, file, own, paths)
        if not isinstance(named, Constant):
            return None
        found, file, own, paths = named.value, named.file, frozenset(), NO_PATHS
    return None
