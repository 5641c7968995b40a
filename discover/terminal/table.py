"""Lays out a table in plain text, in as many columns as the terminal has.

Written by hand and not with rich: a scan whose answer is cached takes less time than importing rich does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from discover.terminal.safe import fit, width

GAP = "  "
NARROWEST = 10


class Column(NamedTuple):
    """A column's head and how it behaves."""

    head: str
    right: bool = False
    """Numbers stand at the right."""
    shrinks: bool = False
    """Gives way when the table is wider than the terminal."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], total: int) -> list[str]:
    """The lines of the table, head first; no line is wider than `total` columns where that is possible.

    A column that is empty in every row is left out.
    """
    cells = [[fit(cell, 1000) for cell in row] for row in rows]
    used = [index for index in range(len(columns)) if any(row[index] for row in cells)]
    columns, cells = [columns[index] for index in used], [[row[index] for index in used] for row in cells]
    heads = [column.head for column in columns]
    widths = [max(width(row[index]) for row in [heads, *cells]) for index in range(len(columns))]
    _shrink(widths, columns, total)
    return [_line(row, widths, columns) for row in [heads, *cells]]


def _shrink(widths: list[int], columns: Sequence[Column], total: int) -> None:
    """Takes columns from the widest that may shrink until the table fits."""
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - total
    while excess > 0:
        candidates = [index for index, column in enumerate(columns) if column.shrinks and widths[index] > NARROWEST]
        if not candidates:
            return
        widest = max(candidates, key=lambda index: widths[index])
        widths[widest] -= 1
        excess -= 1


def _line(row: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    cells: list[str] = []
    for cell, columns_wide, column in zip(row, widths, columns, strict=True):
        text = fit(cell, columns_wide)
        padding = " " * (columns_wide - width(text))
        cells.append(padding + text if column.right else text + padding)
    return GAP.join(cells).rstrip()
