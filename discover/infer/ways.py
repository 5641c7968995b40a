"""What a library runs, put together: one after the other, and alternatives where it may go several ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from discover.infer.names import joined
from discover.link.records import Target
from discover.model import Branch, Node, OneOf

OTHERWISE = "otherwise"
"""The branch in which nothing happens that is told."""

Open = Callable[[Target], list[Node]]
"""The nodes for running a unit."""


def nodes_of(
    targets: Sequence[Target], opened: Open, unit: str, line: int, identity: Callable[[int], str]
) -> list[Node]:
    """The nodes for running the units, of which some are alternatives."""
    return _Ways(opened, unit, line, identity).of(targets, 0)


class _Ways:
    def __init__(self, opened: Open, unit: str, line: int, identity: Callable[[int], str]) -> None:
        self._opened = opened
        self._unit = unit
        self._line = line
        self._identity = identity

    def of(self, targets: Sequence[Target], depth: int) -> list[Node]:
        """In order; what belongs to one choice stands where its first one does."""
        out: list[Node] = []
        told: set[str] = set()
        for target in targets:
            if len(target.ways) <= depth:
                out.extend(self._opened(target))
                continue
            choice = target.ways[depth].choice
            if choice not in told:
                told.add(choice)
                among = [one for one in targets if len(one.ways) > depth and one.ways[depth].choice == choice]
                out.extend(self._one_of(among, depth))
        return out

    def _one_of(self, targets: list[Target], depth: int) -> list[Node]:
        by_value: dict[str, list[Target]] = {}
        for target in targets:
            by_value.setdefault(target.ways[depth].value, []).append(target)
        whole = targets[0].ways[depth].of
        identity = self._identity(self._line)
        branches = [
            Branch(label=value, body=tuple(body), confidence=min(target.confidence for target in some))
            for value, some in by_value.items()
            if (body := self.of(some, depth + 1))
        ]
        if not branches:
            return []
        if len(branches) == 1 and whole < 2:
            return list(branches[0].body)
        if len(branches) < whole:
            branches.append(Branch(label=OTHERWISE))
        name = f"One of {max(whole, len(branches))}: {joined([branch.label for branch in branches])}"
        return [
            OneOf(
                id=identity,
                name=name,
                unit=self._unit,
                line=self._line,
                branches=tuple(branches),
                confidence=max(target.confidence for target in targets),
                evidence=targets[0].evidence,
            )
        ]
