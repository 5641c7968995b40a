"""Which nodes of a workflow happen on which line of a function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from discover import model

_PLACE = re.compile(r"(.+::.+):(\d+)(?:\.\d+)*")


def marks_of(nodes: Iterable[model.Node], unit: str) -> dict[int, list[model.Node]]:
    """The nodes by the function's own lines; what its calls do is left inside them."""
    found: dict[int, list[model.Node]] = {}
    for node in nodes:
        line = line_in(node, unit)
        if line:
            found.setdefault(line, []).append(node)
        if not line or not isinstance(node, model.Call):
            for place, inner in marks_of(children_of(node), unit).items():
                found.setdefault(place, []).extend(inner)
    return found


def line_in(node: model.Node, unit: str) -> int:
    """The line of the unit on which the node happens; 0 for none.

    What a small helper does is shown in its caller, as a node that rests on the helper's lines; its id then begins
    with the caller's unit and line.
    """
    place = _PLACE.fullmatch(node.id)
    if place and place.group(1) == unit:
        return int(place.group(2))
    return node.line if node.unit == unit else 0


def children_of(node: model.Node) -> Iterator[model.Node]:
    """The nodes directly inside a node."""
    match node:
        case model.Call() | model.Loop():
            yield from node.body
        case model.Decision() | model.Parallel() | model.OneOf():
            for branch in node.branches:
                yield from branch.body
        case model.Guard():
            yield from node.body
            for handler in node.handlers:
                yield from handler.body
            yield from node.last
        case _:
            pass


def deep(nodes: Iterable[model.Node]) -> Iterator[model.Node]:
    """All nodes and what is inside them."""
    for node in nodes:
        yield node
        yield from deep(children_of(node))
