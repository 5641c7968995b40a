"""`continue` and `break` as structure: what they skip moves into the branches that do not take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from discover.facts import records as facts
from discover.model import Branch, Decision, End, Guard, Node

ENDLESS = ("True", "1")
"""Conditions of a `while` that only a jump, a return or an error leaves."""
UNTIL = ", until "
_SHOWN_WAYS = 3
JUMPS = {"continue": "Go on with the next item", "break": "Leave the loop"}


def never_done(statement: facts.Stmt) -> bool:
    """Whether nothing after the statement is ever reached, since it is a loop that no `break` leaves."""
    return isinstance(statement, facts.While) and statement.text in ENDLESS and not breaks(statement.body)


def breaks(body: list[facts.Stmt]) -> bool:
    """Whether a `break` in these statements leaves the loop around them."""
    return any(_breaks(body))


def _breaks(body: list[facts.Stmt]) -> Iterator[bool]:
    """True for each `break` that leaves the loop around these statements."""
    for statement in body:
        match statement:
            case facts.Jump():
                yield statement.kind == "break"
            case facts.If():
                yield from _breaks([*statement.body, *statement.otherwise])
            case facts.With():
                yield from _breaks(statement.body)
            case facts.ForLoop() | facts.While():
                yield from _breaks(statement.otherwise)
            case facts.Match():
                for case in statement.cases:
                    yield from _breaks(case.body)
            case facts.Try():
                yield from _breaks([*statement.body, *statement.otherwise, *statement.last])
                for handler in statement.handlers:
                    yield from _breaks(handler.body)
            case _:
                pass


def is_jump(node: Node) -> bool:
    """Whether the node stands for `continue` or `break`."""
    return isinstance(node, End) and node.outcome == "stop" and node.text in JUMPS


def ways_out(nodes: list[Node]) -> str:
    """The conditions on which a `break` in these nodes leaves the loop around them; empty where none does."""
    found = dict.fromkeys(_both(way) for way in _exits(nodes, ()) if way)
    ways = list(found)[:_SHOWN_WAYS]
    return " or ".join([*ways, "…"] if len(found) > _SHOWN_WAYS else ways)


def _both(conditions: tuple[str, ...]) -> str:
    if len(conditions) == 1:
        return conditions[0]
    return " and ".join(f"({text})" if " or " in text else text for text in conditions)


def _exits(nodes: Iterable[Node], way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for node in nodes:
        if is_jump(node) and isinstance(node, End) and node.text == "break":
            yield way
        elif isinstance(node, Decision):
            for branch in node.branches:
                yield from _exits(branch.body, (*way, _taken(node, branch)))
        elif isinstance(node, Guard):
            yield from _exits((*node.body, *node.last), way)
            for handler in node.handlers:
                yield from _exits(handler.body, (*way, f"{handler.label} is raised"))


def _taken(node: Decision, branch: Branch) -> str:
    if node.name != node.condition:  # A `match`.
        return f"{node.condition} is {branch.condition}"
    if branch.condition:
        return branch.condition
    conditions = [f"({b.condition})" if " " in b.condition else b.condition for b in node.branches if b.condition]
    return " and ".join(f"not {condition}" for condition in conditions)


def left_when(over: str, nodes: list[Node]) -> str:
    """What a loop runs over, with what else ends it: a loop that polls shall not read as endless."""
    way = ways_out(nodes)
    return f"{over}{UNTIL}{way}" if way else over


def without_jumps(nodes: list[Node]) -> list[Node]:
    """A loop's body in which a decision that skips the rest has the rest in its other branch.

    A jump that this can't express (out of a nested try, or where two branches fall through) stays as an `End`.
    """
    out: list[Node] = []
    last = len(nodes) - 1
    for index, node in enumerate(nodes):
        if is_jump(node):
            if isinstance(node, End) and node.text == "break":
                out.append(node)
            break
        if isinstance(node, Decision) and any(_jumps(branch) for branch in node.branches):
            out.append(_taking(node, nodes[index + 1 :]))
            if not _open(node):
                break
            if len(_open(node)) == 1:
                break
        elif index == last and isinstance(node, Decision):
            # Nothing follows in the loop's body: what a jump in a branch skips is the rest of that branch.
            branches = tuple(
                msgspec.structs.replace(branch, body=tuple(without_jumps(list(branch.body))))
                for branch in node.branches
            )
            out.append(msgspec.structs.replace(node, branches=branches))
        else:
            out.append(node)
    return out


def _jumps(branch: Branch) -> bool:
    return bool(branch.body) and is_jump(branch.body[-1])


def _open(node: Decision) -> list[Branch]:
    return [branch for branch in node.branches if not branch.body or not isinstance(branch.body[-1], End)]


def _taking(node: Decision, rest: list[Node]) -> Decision:
    """The decision with the rest of the loop's body in its only branch that goes on."""
    takes = _open(node) if len(_open(node)) == 1 else []
    branches: list[Branch] = []
    for branch in node.branches:
        if takes and branch is takes[0]:
            body = tuple(without_jumps([*branch.body, *rest]))
            branches.append(msgspec.structs.replace(branch, body=body))
        elif _jumps(branch) and takes:
            jump = branch.body[-1]
            label = f"{branch.label}: {jump.name[:1].lower()}{jump.name[1:]}"
            branches.append(msgspec.structs.replace(branch, label=label, body=branch.body[:-1]))
        else:
            branches.append(branch)
    return msgspec.structs.replace(node, branches=tuple(branches))


def stripped(nodes: list[Node]) -> list[Node]:
    """The nodes without any jump in them: in a retry loop, `break` and `continue` are the retry itself."""
    out: list[Node] = []
    for node in nodes:
        if is_jump(node):
            continue
        if isinstance(node, Decision):
            branches = tuple(msgspec.structs.replace(b, body=tuple(stripped(list(b.body)))) for b in node.branches)
            if any(branch.body for branch in branches):
                out.append(msgspec.structs.replace(node, branches=branches))
        elif isinstance(node, Guard):
            handlers = tuple(msgspec.structs.replace(b, body=tuple(stripped(list(b.body)))) for b in node.handlers)
            out.append(msgspec.structs.replace(node, body=tuple(stripped(list(node.body))), handlers=handlers))
        else:
            out.append(node)
    return out
