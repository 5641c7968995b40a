"""The source lines that the page shows: each file's are stored once, merged where they overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from exporters.base import Sources

AROUND: Final = 4
"""Lines shown before and after the lines that are meant."""
LONGEST: Final = 40
"""Of a longer piece of code only the beginning is shown."""
WIDEST: Final = 240


def excerpts(spans: Iterable[tuple[str, int, int]], sources: Sources) -> dict[str, list[list[Any]]]:
    """For each file, pieces `[first line, lines]` that cover the spans `(file, first line, last line)`."""
    wanted: dict[str, list[tuple[int, int]]] = {}
    for file, first, last in sorted(spans):
        low, high = max(1, first - AROUND), min(last, first + LONGEST) + AROUND
        ranges = wanted.setdefault(file, [])
        if ranges and low <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(high, ranges[-1][1]))
        else:
            ranges.append((low, high))
    result: dict[str, list[list[Any]]] = {}
    for file, ranges in wanted.items():
        text = sources(file)
        if text is None:
            continue
        lines = [line if len(line) <= WIDEST else line[: WIDEST - 1] + "…" for line in text.splitlines()]
        pieces = [[low, lines[low - 1 : high]] for low, high in ranges if low <= len(lines)]
        if pieces:
            result[file] = pieces
    return result
