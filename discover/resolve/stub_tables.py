"""Tables that a library's class holds in its stub, for what no annotation says: `__handlers__`, `__given__`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.symbols import Class


def table_of(cls: Class, name: str) -> ir.Expr | None:
    """The table of this name that the class has in its own stub; None for a class of the project."""
    for statement in cls.record.body if not cls.is_project and name in cls.names else ():
        if isinstance(statement, ir.Assign) and statement.targets == [ir.Name(name)]:
            return statement.value
    return None


def rows(table: ir.Expr | None) -> Iterator[tuple[str, ir.Expr]]:
    """What a table says of each name; nothing where it is no mapping."""
    for key, value in zip(table.keys, table.values, strict=True) if isinstance(table, ir.Mapping) else ():
        if isinstance(key, ir.Constant):
            yield str(key.value), value
