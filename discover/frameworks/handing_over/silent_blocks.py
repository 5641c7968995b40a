"""Blocks of `with` whose context manager has receivers off while the block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from discover.resolve.program import Program
    from discover.resolve.symbols import Function

_MANAGER = frozenset({"contextmanager", "asynccontextmanager"})
_ENTERS = frozenset({"__enter__", "__aenter__"})
_END = 1 << 30


def entered_until(function: Function) -> int | None:
    """The line up to which a context manager's function runs before the block; None where it is none."""
    if function.record.name in _ENTERS and function.owner is not None:
        return _END
    if not function.record.is_generator or not any(ending(one) in _MANAGER for one in function.record.decorators):
        return None
    return min((one.line for one in function.statements if is_suspension(one)), default=None)


def is_suspension(statement: ir.Stmt) -> bool:
    """Whether the statement yields: in a context manager's function, the block runs there."""
    return isinstance(statement, ir.Evaluate | ir.Assign) and isinstance(statement.value, ir.Yield)


def blocks_of(program: Program, managers: Container[Function]) -> Iterator[tuple[Function, ir.With, Function]]:
    """Each block that one of the context managers stands around, with the function that it is in."""
    for function in program.all_functions:
        named = {site.call.number for site in function.sites.values() for t in site.targets if t.function in managers}
        read = {key for key, (_, _, called) in function.reads.items() if any(one in managers for one in called)}
        if not named and not read:
            continue
        for statement in function.statements:
            for item in statement.items if isinstance(statement, ir.With) else ():
                for manager in _managers(function, item.value):
                    if manager in managers and isinstance(statement, ir.With):
                        yield function, statement, manager


def _managers(function: Function, value: ir.Expr) -> list[Function]:
    """The functions that entering a block runs."""
    site = function.sites.get(value.number) if isinstance(value, ir.Call) else None
    called = [target.function for target in site.targets] if site is not None else []
    known = function.reads.get(id(value))
    return [*called, *(known[2] if known is not None else ())]
