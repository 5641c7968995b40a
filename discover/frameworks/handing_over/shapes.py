"""What a canvas looks like when it is laid out: its signatures in stages."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["always", "success", "failure"]


class Leaf:
    """One signature: the units it may run, and what it is given."""

    __slots__ = ("arguments", "choice", "delay", "each", "name", "outcome", "stage", "units")

    def __init__(self, units: list[str], name: str = "", arguments: tuple[str, ...] = ()) -> None:
        self.units = units
        self.name = name
        self.arguments = arguments
        self.delay: tuple[float | None, str] = (None, "")
        self.each = ""
        self.stage = 0
        self.outcome: Outcome = "always"
        self.choice = ""
        """Of which choice it is an alternative, and which one: `job/2`; empty where it runs in any case."""


class Shape:
    """A tree of signatures laid out in stages: parts of one stage run side by side."""

    __slots__ = ("leaves", "length", "parallel")

    def __init__(self, leaves: list[Leaf], length: int, *, parallel: bool = False) -> None:
        self.leaves = leaves
        self.length = length
        self.parallel = parallel


def chained(shapes: list[Shape]) -> Shape:
    """One after the other."""
    stage = 0
    leaves: list[Leaf] = []
    for shape in shapes:
        for leaf in shape.leaves:
            leaf.stage += stage
            leaves.append(leaf)
        stage += shape.length
    return Shape(leaves, stage)


def grouped(shapes: list[Shape]) -> Shape:
    """Side by side."""
    leaves = [leaf for shape in shapes for leaf in shape.leaves]
    return Shape(leaves, max((shape.length for shape in shapes), default=0), parallel=True)


def alternatives(shapes: list[Shape], of: str) -> Shape:
    """One of them, depending on what the code has put under a name before."""
    some = [shape for shape in shapes if shape.leaves]
    if len(some) < 2:
        return some[0] if some else Shape([], 0)
    for number, shape in enumerate(some, start=1):
        for leaf in shape.leaves:
            leaf.choice = f"{of}/{number}"
    leaves = [leaf for shape in some for leaf in shape.leaves]
    return Shape(leaves, max(shape.length for shape in some), parallel=any(shape.parallel for shape in some))
