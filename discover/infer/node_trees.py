"""Going over the nodes of a flow, and changing some of them."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not

import msgspec

from discover.model import Branch, Call, Decision, Guard, Hop, Loop, Node, OneOf, Parallel, Step, Wait

LEAVES = frozenset({Step, Hop, Wait})
"""The nodes that hold no others."""


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The node with each child changed by the function, or dropped; the same object where no child changed."""
    if type(node) in LEAVES:
        return node
    if type(node) is Decision or type(node) is Parallel or type(node) is OneOf:
        branches = _branches(node.branches, change)
        return node if branches is node.branches else msgspec.structs.replace(node, branches=branches)
    if type(node) is Loop:
        body = rebuilt_all(node.body, change)
        return node if body is node.body else msgspec.structs.replace(node, body=body)
    if type(node) is Guard:
        body, last = rebuilt_all(node.body, change), rebuilt_all(node.last, change)
        handlers = _branches(node.handlers, change)
        if body is node.body and last is node.last and handlers is node.handlers:
            return node
        return msgspec.structs.replace(node, body=body, last=last, handlers=handlers)
    return node


def again(node: Node, turn: int) -> Node:
    """The node of a unit that a workflow opens not for the first time, with ids of its own throughout."""
    serial = "" if _has_serial(node) else ".0"
    inner = rebuilt(node, lambda child: again(child, turn))
    return msgspec.structs.replace(inner, id=f"{node.id}{serial}.{turn}")


def _has_serial(node: Node) -> bool:
    return "." in node.id.rpartition(":")[2]


def rebuilt_all(nodes: tuple[Node, ...], change: Callable[[Node], Node | None]) -> tuple[Node, ...]:
    """The nodes, each changed by the function or dropped; the same tuple where none changed."""
    new = tuple([changed for node in nodes if (changed := change(node)) is not None])
    return nodes if len(new) == len(nodes) and not any(map(is_not, new, nodes)) else new


def _branches(branches: tuple[Branch, ...], change: Callable[[Node], Node | None]) -> tuple[Branch, ...]:
    bodies = [rebuilt_all(branch.body, change) for branch in branches]
    if not any(map(is_not, bodies, [branch.body for branch in branches])):
        return branches
    return tuple(msgspec.structs.replace(branch, body=body) for body, branch in zip(bodies, branches, strict=True))


def bodies_of(node: Node) -> tuple[tuple[Node, ...], ...]:
    """The sequences of nodes that stand in a node."""
    if isinstance(node, (Decision, Parallel, OneOf)):
        return tuple(branch.body for branch in node.branches)
    if isinstance(node, (Loop, Call)):
        return (node.body,)
    if isinstance(node, Guard):
        return (node.body, *(branch.body for branch in node.handlers), node.last)
    return ()


def walked(nodes: tuple[Node, ...], *, is_opened: bool = True) -> list[Node]:
    """All nodes, each before its children, in order; those of calls where these are opened."""
    found: list[Node] = []
    _gather(nodes, found, is_opened=is_opened)
    return found


def _gather(nodes: tuple[Node, ...], found: list[Node], *, is_opened: bool) -> None:
    for node in nodes:
        found.append(node)
        if type(node) not in LEAVES and (is_opened or type(node) is not Call):
            for body in bodies_of(node):
                _gather(body, found, is_opened=is_opened)
