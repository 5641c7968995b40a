"""What runs as a function or a block is left: a wrapper's commit, a context manager's work. It runs at each way out.

A failure is no such way: what it leaves is told by the wrapper's own handlers.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from discover.infer.handovers import DECIDED
from discover.infer.jumps import JUMPS
from discover.model import END_RUN, Branch, Decision, End, Guard, Loop, Node, OneOf

Make = Callable[[], list[Node]]
"""Makes the nodes once more, each time with ids of their own."""


def ends(node: Node) -> bool:
    """Whether nothing after the node is ever reached: it leaves, or each of its ways does."""
    if isinstance(node, Decision):
        if node.evidence == DECIDED:
            return any(leaves(branch.body) for branch in node.branches)
        # Only an `if` has all of its ways as branches; a `match` may fit none of its cases.
        return node.name == node.condition and all(leaves(branch.body) for branch in node.branches)
    if isinstance(node, Guard):
        ways = (node.body, *(handler.body for handler in node.handlers))
        return leaves(node.last) or (node.kind != "retry" and all(leaves(way) for way in ways))
    return isinstance(node, End)


def leaves(nodes: tuple[Node, ...]) -> bool:
    """Whether the last of the nodes ends."""
    return bool(nodes) and ends(nodes[-1])


def at_each_way_out(nodes: list[Node], make: Make, *, of_loop: bool = False) -> list[Node]:
    """The nodes with what runs when they are left before each end of them, and behind the last where that goes on.

    `of_loop`: they stand in a loop, and `continue` and `break` leave them too.
    """
    found = _before_ends(nodes, make, of_loop=of_loop)
    return found if leaves(tuple(found)) else [*found, *make()]


def before_the_end(nodes: list[Node], last: list[Node]) -> list[Node]:
    """The nodes with others behind them: before the end that they all come to, which nothing follows."""
    if last and nodes and isinstance(end := nodes[-1], End) and _is_way_out(end, of_loop=False):
        return [*nodes[:-1], *last, end]
    return [*nodes, *last]


def _before_ends(nodes: list[Node] | tuple[Node, ...], make: Make, *, of_loop: bool) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        match node:
            case End():
                out += [*make(), node] if _is_way_out(node, of_loop=of_loop) else [node]
            case Decision() | OneOf():
                out.append(msgspec.structs.replace(node, branches=_branches(node.branches, make, of_loop=of_loop)))
            case Loop():
                body = tuple(_before_ends(node.body, make, of_loop=False))
                out.append(msgspec.structs.replace(node, body=body))
            case Guard():
                body = tuple(_before_ends(node.body, make, of_loop=of_loop))
                handlers = _branches(node.handlers, make, of_loop=of_loop)
                last = tuple(_before_ends(node.last, make, of_loop=of_loop))
                out.append(msgspec.structs.replace(node, body=body, handlers=handlers, last=last))
            case _:
                out.append(node)
    return out


def _branches(branches: tuple[Branch, ...], make: Make, *, of_loop: bool) -> tuple[Branch, ...]:
    return tuple(
        msgspec.structs.replace(branch, body=tuple(_before_ends(branch.body, make, of_loop=of_loop)))
        for branch in branches
    )


def _is_way_out(node: End, *, of_loop: bool) -> bool:
    if node.outcome == "raise" or node.name == END_RUN:
        return False
    return of_loop or node.text not in JUMPS
