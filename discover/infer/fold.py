"""Folds away what a reader of the workflow does not need.

The rules, in one place:
- A decision, loop, try or parallel part in which nothing happens vanishes.
- Reads of the project's own store are *quiet*: those in a row become one step, and a loop around nothing but reads
  vanishes and leaves the reads. So does a decision, unless something that is not quiet follows: then it is told that
  the reads may not happen.
- A handler that only raises the error again is left out: that is what happens without it. One that gives something
  back stays where what fails is not quiet; one that ends the flow, or reads something in its place, stays where
  something that is not quiet follows.
- An early `return` or `raise` stays when something that is not quiet would have followed; a `raise` also stays when
  the unit does something at all, because it ends its callers too, and so does the `return` that comes before it.
- Soft calls (`logic.py`) stay where something that is not quiet follows them; within a check, the checks that it calls
  always do. Of a check that reads, the read stays in any case.
- A commit right after a write is part of the write.
"""

from __future__ import annotations

import msgspec

from discover.infer.handovers import DECIDED
from discover.infer.logic import is_soft, may_end
from discover.infer.node_trees import LEAVES
from discover.infer.steps import is_commit_of, is_quiet, merged
from discover.model import Branch, Call, Decision, End, Guard, Hop, Loop, Node, Parallel, Step

_NOTHING = ("", "None")
"""What a bare `return` gives back."""


def folded(nodes: list[Node], *, check: bool = False) -> tuple[Node, ...]:
    """A unit's nodes as the reader shall see them; of a check, what ends the flow is all there is to see."""
    loud = check or any(_is_loud(node) for node in nodes)
    return tuple(_sequence(nodes, follows=False, raises=loud, check=check))


def _is_loud(node: Node) -> bool:
    if type(node) in LEAVES:
        return not is_quiet(node)
    if isinstance(node, End) or is_soft(node):
        return False
    if isinstance(node, (Decision, Parallel)):
        return any(_is_loud(n) for branch in node.branches for n in branch.body)
    if isinstance(node, Loop):
        return any(_is_loud(n) for n in node.body)
    if isinstance(node, Guard):
        parts = (node.body, node.last, *(branch.body for branch in node.handlers))
        return any(_is_loud(n) for part in parts for n in part)
    return not is_quiet(node)


def _fails(node: Node) -> bool:
    """Whether it ends in a failure, or may: what comes back before it tells when it does not."""
    if isinstance(node, Decision):
        return any(_fails(inner) for branch in node.branches for inner in branch.body)
    return may_end(node) or (isinstance(node, End) and node.outcome == "raise")


def _sequence(nodes: list[Node] | tuple[Node, ...], *, follows: bool, raises: bool, check: bool) -> list[Node]:
    reversed_out: list[Node] = []
    for node in reversed(nodes):
        kept = _one(node, follows=follows, raises=raises, check=check)
        reversed_out.extend(reversed(kept))
        follows = follows or _is_loud(node) or (raises and any(map(_fails, kept)))
    reversed_out.reverse()
    return _joined(reversed_out)


def _joined(nodes: list[Node]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        if type(node) is not Step:
            out.append(node)
            continue
        previous = out[-1] if out else None
        if isinstance(previous, Step) and _read_on(previous, node):
            out[-1] = merged(previous, node)
            continue
        if (place := _place_of_write(out)) is not None:
            written = out[place]
            if isinstance(written, Step) and is_commit_of(written, node):
                out[place] = msgspec.structs.replace(written, also=(*written.also, node.effect))
                continue
        out.append(node)
    return out


def _read_on(previous: Step, node: Step) -> bool:
    return is_quiet(node) and is_quiet(previous) and node.kind == previous.kind


def _place_of_write(nodes: list[Node]) -> int | None:
    """Where the last step stands, past the jobs that look for what it has written."""
    place = len(nodes) - 1
    while place >= 0 and isinstance(hop := nodes[place], Hop) and hop.kind == "poll":
        place -= 1
    return place if place >= 0 else None


def _one(node: Node, *, follows: bool, raises: bool, check: bool) -> list[Node]:
    if type(node) is Call:
        is_shown = follows or not is_soft(node) or (check and may_end(node))
        return [node] if is_shown else list(node.body)
    if type(node) in LEAVES:
        return [node]
    if isinstance(node, End):
        return [node] if follows or (raises and node.outcome == "raise") else []
    if isinstance(node, Decision):
        return _decision(node, follows=follows, raises=raises, check=check)
    if isinstance(node, Loop):
        inner = follows or any(_is_loud(n) for n in node.body)
        body = _sequence(node.body, follows=inner, raises=raises, check=check)
        return _unless_quiet(body, msgspec.structs.replace(node, body=tuple(body)))
    if isinstance(node, Guard):
        return _guard(node, follows=follows, raises=raises, check=check)
    if isinstance(node, Parallel):
        return _parallel(node, follows=follows, raises=raises, check=check)
    return [node]


def _unless_quiet(parts: list[Node], node: Node) -> list[Node]:
    """Just the parts where they are all quiet, else the node around them."""
    return parts if all(is_quiet(part) for part in parts) else [node]


def _branch(branch: Branch, *, follows: bool, raises: bool, check: bool) -> Branch:
    body = tuple(_sequence(branch.body, follows=follows, raises=raises, check=check))
    return msgspec.structs.replace(branch, body=body)


def _decision(node: Decision, *, follows: bool, raises: bool, check: bool) -> list[Node]:
    loud = [any(_is_loud(n) for n in branch.body) for branch in node.branches]
    branches = tuple(
        # What else would come back tells the reader what the loud branch is an alternative to.
        branch
        if not is_loud and any(loud) and len(branch.body) == 1 and _answers(branch.body[0])
        else _branch(branch, follows=follows, raises=raises, check=check)
        for branch, is_loud in zip(node.branches, loud, strict=True)
    )
    parts = [part for branch in branches for part in branch.body]
    kept = msgspec.structs.replace(node, branches=branches)
    # A read that may not happen is told as such where something that matters follows it.
    return [kept] if parts and follows and node.evidence != DECIDED else _unless_quiet(parts, kept)


def _only_passes_on(branch: Branch) -> bool:
    return all(map(_passes_on, branch.body))


def _passes_on(node: Node) -> bool:
    """Whether the error only goes on to the caller."""
    return isinstance(node, End) and node.outcome == "raise" and node.text in ("", "raise")


def _answers(node: Node) -> bool:
    return isinstance(node, End) and node.outcome == "return"


def _only_answers(branch: Branch) -> bool:
    """Whether all that a handler does is to give something back: that is what becomes of the failure."""
    if len(branch.body) != 1 or not isinstance(only := branch.body[0], End):
        return False
    return only.outcome == "return" and only.text not in _NOTHING


def _parallel(node: Parallel, *, follows: bool, raises: bool, check: bool) -> list[Node]:
    branches = tuple(_branch(branch, follows=follows, raises=raises, check=check) for branch in node.branches)
    branches = tuple(branch for branch in branches if branch.body)
    parts = [part for branch in branches for part in branch.body]
    if len(branches) == 1 and not node.each and node.join:
        return parts
    return _unless_quiet(parts, msgspec.structs.replace(node, branches=branches))


def _guard(node: Guard, *, follows: bool, raises: bool, check: bool) -> list[Node]:
    body = _sequence(node.body, follows=follows, raises=raises, check=check)
    is_loud = any(map(_is_loud, node.body))
    handlers = tuple(
        branch if is_loud and _only_answers(branch) else _branch(branch, follows=follows, raises=raises, check=check)
        for branch in node.handlers
    )
    last = _sequence(node.last, follows=follows, raises=raises, check=check)
    notable = [
        part for branch in handlers for part in branch.body if (follows or not is_quiet(part)) and not _passes_on(part)
    ]
    if all(is_quiet(part) for part in (*body, *last)) and not notable:
        return [*body, *last]
    if node.kind == "reraise" and not last and all(_only_passes_on(branch) for branch in handlers):
        return body
    if node.kind == "cleanup" and not last:
        return body
    return [msgspec.structs.replace(node, body=tuple(body), handlers=handlers, last=tuple(last))]
