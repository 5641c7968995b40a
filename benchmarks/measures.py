"""A figure of a score: how many of how many, and what was missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """Found of total; precision where it can be known."""

    name: str
    found: int
    total: int
    precision: float | None = None
    misses: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        """Found by total."""
        return round(self.found / self.total, 4) if self.total else 0.0

    def __str__(self) -> str:
        precision = f"  precision {self.precision:.3f}" if self.precision is not None else ""
        return f"{self.name:24} {self.found:5}/{self.total:<5} recall {self.recall:.3f}{precision}"


def measure(name: str, want: Iterable[str], misses: Iterable[str], precision: float | None = None) -> Measure:
    """From what was wanted and what is missing of it."""
    total, missing = len(list(want)), tuple(misses)
    return Measure(name, total - len(missing), total, precision, missing)


def of_results(name: str, results: Mapping[Any, bool]) -> Measure:
    """From a result for each case."""
    misses = tuple(str(case) for case in sorted(results) if not results[case])
    return Measure(name, len(results) - len(misses), len(results), None, misses)


def share(found: int, total: int) -> float | None:
    """The quotient; None where there is nothing to divide by."""
    return round(found / total, 4) if total else None
