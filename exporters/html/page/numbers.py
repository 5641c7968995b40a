"""Numbers for reading."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 table`, `1,204 tables`, `2 addresses`."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"
