"""Rows that two variables reach: `customer = order.customer`, and `order.customer` again where that is changed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exporters.cutting.flow import Item, Plain, leaves
from exporters.cutting.kinds import Kind
from exporters.cutting.source import Code, dotted_name
from exporters.cutting.unsaved import Unsaved

Led = dict[str, frozenset[str]]


def rows_led_to(items: Iterable[Item], ever: dict[str, Kind], unsaved: Unsaved, code: Code) -> Led:
    """For each variable of a row, those from which the code also reaches it, where it sets something of it.

    Each step reads its rows anew: what was one row would be two.
    """
    looking = _Looking(list(leaves(items)), ever, unsaved, code)
    found: dict[str, set[str]] = {}
    for one, holder, attribute in looking.taken():
        if looking.is_asked_again(holder, attribute) and looking.is_set(one, holder, attribute):
            found.setdefault(one, set()).add(holder)
            found.setdefault(holder, set()).add(one)
    return {name: frozenset(others) for name, others in found.items()}


@dataclass(frozen=True, slots=True)
class _Looking:
    every: list[Plain]
    ever: dict[str, Kind]
    unsaved: Unsaved
    code: Code

    def taken(self) -> Iterator[tuple[str, str, str]]:
        """`a = b.c`, as two variables of rows and the attribute."""
        for leaf, one in self._nodes():
            match one:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=ast.Name(id=holder), attr=attr)):
                    both = [leaf.frame.names.get(name, ""), leaf.frame.names.get(holder, "")]
                    if all(variable in self.ever and self.ever[variable].form == "row" for variable in both):
                        yield both[0], both[1], attr
                case _:
                    pass

    def is_asked_again(self, holder: str, attribute: str) -> bool:
        """Whether the attribute is asked for at more than one place."""
        asked = 0
        for leaf, one in self._nodes():
            if isinstance(one, ast.Attribute) and one.attr == attribute:
                asked += leaf.frame.names.get(dotted_name(one.value)) == holder
        return asked > 1

    def is_set(self, one: str, holder: str, attribute: str) -> bool:
        """Whether something is set of the row, by its own name or by way of the one that leads to it."""
        if self._left(one):
            return True
        return any(part.startswith(f"{attribute}.") for part in self._left(holder))

    def _left(self, variable: str) -> set[str]:
        found: set[str] = set()
        for leaf in self.every:
            file = self.code.file(leaf.frame.file)
            assert file is not None
            for name in (name for name, own in leaf.frame.names.items() if own == variable):
                of = self.ever[variable].of
                found |= {
                    part for node in leaf.tree for part in self.unsaved.by(node, name, of, file, leaf.frame.paths).left
                }
        return found

    def _nodes(self) -> Iterator[tuple[Plain, ast.AST]]:
        for leaf in self.every:
            for node in leaf.tree:
                for one in ast.walk(node):
                    yield leaf, one
