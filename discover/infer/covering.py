"""Puts what covers a piece of work at its nodes: on the one step or call that it is, or around several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

import msgspec

from discover.link.records import Covering
from discover.model import Call, Decision, End, Guard, Hop, Node, RetryPolicy, Step, safeguard_text

CoveredT = TypeVar("CoveredT", bound=Step | Call | Hop)
_LOCKING = frozenset({"LOCK", "ACQUIRE"})


class Placed(Protocol):
    """Where the covered work stands."""

    unit: str

    def identity(self, line: int) -> str:
        """A new node id."""
        ...


def covered(flow: Placed, nodes: list[Node], cover: Covering, line: int, end_line: int = 0) -> list[Node]:
    """The nodes with what covers them; as they are where nothing covers them."""
    work = [node for node in nodes if not isinstance(node, End)]
    if cover == Covering() or not work:
        return nodes
    if len(work) == 1 and isinstance(nodes[0], (Step, Call, Hop)) and _takes(nodes[0], cover):
        return [with_cover(nodes[0], cover), *nodes[1:]]
    guard = Guard(
        id=flow.identity(line),
        name=cover_words(cover),
        unit=flow.unit,
        line=line,
        end_line=end_line,
        body=tuple(nodes),
        kind="covered",
        retry=cover.retry,
        timeout=cover.timeout,
        safeguards=cover.safeguards,
    )
    return [guard]


def _takes(node: Step | Call | Hop, cover: Covering) -> bool:
    """Whether a node has room for all that covers it."""
    if isinstance(node, Hop):
        return cover.retry is None and cover.timeout is None
    return not (cover.retry and node.retry) and (cover.timeout is None or node.timeout is None)


def with_cover(node: CoveredT, cover: Covering) -> CoveredT:
    """The node with what covers it; what it says itself counts first."""
    safeguards = tuple(dict.fromkeys((*node.safeguards, *cover.safeguards)))
    if isinstance(node, Hop):
        return msgspec.structs.replace(node, safeguards=safeguards)
    timeout = node.timeout if node.timeout is not None else cover.timeout
    return msgspec.structs.replace(node, retry=node.retry or cover.retry, timeout=timeout, safeguards=safeguards)


def shorter(one: float | None, other: float | None) -> float | None:
    """The limit that is reached first; None where there is none."""
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, default=None)


def cover_words(cover: Covering) -> str:
    """What a cover does, as a name: "Under lock rates", "Up to 3 tries", "At most 5 s"."""
    words = [safeguard_text(one) for one in cover.safeguards]
    if cover.retry is not None:
        words.append(_tries(cover.retry))
    if cover.timeout is not None:
        words.append(f"at most {cover.timeout:g} s")
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _tries(retry: RetryPolicy) -> str:
    return f"up to {retry.attempts} tries" if retry.attempts else "tried again on failure"


def around_request(nodes: tuple[Node, ...]) -> Covering:
    """What is around the one request in the nodes; nothing where several requests are covered differently."""
    found = list(dict.fromkeys(_requests(nodes, Covering())))
    return found[0] if len(found) == 1 else Covering()


def _requests(nodes: tuple[Node, ...], outer: Covering) -> Iterator[Covering]:
    for node in nodes:
        if isinstance(node, Step) and node.kind == "http":
            yield Covering(node.retry, node.timeout, node.safeguards).joined(outer)
        elif isinstance(node, Guard):
            yield from _requests(node.body, Covering(node.retry, node.timeout, node.safeguards).joined(outer))
        elif isinstance(node, Decision):
            for branch in node.branches:
                yield from _requests(branch.body, outer)


def without_locking(nodes: list[Node]) -> list[Node]:
    """What is done to enter a lock, but for taking it: the cover says that."""
    return [node for node in nodes if not (isinstance(node, Step) and node.detail.upper() in _LOCKING)]
