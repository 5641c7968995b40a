"""Which nodes of a workflow happen on which line of a function, and what counts as something that happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from discover import model

Mark = model.Step | model.Call | model.Hop | model.Wait
CAPTURED_HOPS = frozenset({"dispatch", "publish", "callback"})
"""Hops that a worker can take out of the running code. The others really happen, as they do in the backend."""
_PLACE = re.compile(r"(.+::.+):(\d+)(?:\.\d+)*")


def marks_of(nodes: Iterable[model.Node], unit: str) -> dict[int, list[Mark]]:
    """What happens, by the function's own lines; what its calls do is left inside them."""
    found: dict[int, list[Mark]] = {}
    for node in nodes:
        line = line_in(node, unit)
        if line and isinstance(node, Mark) and not is_retry(node):
            found.setdefault(line, []).append(node)
        if not (line and isinstance(node, model.Call)):
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


def call_of(node: model.Node) -> str:
    """The unit and line of the call that makes the node; its own id where that names none."""
    place = _PLACE.fullmatch(node.id)
    return f"{place.group(1)}:{place.group(2)}" if place else node.id


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


def rebuilt(node: model.Node, into: Callable[[Iterable[model.Node]], tuple[model.Node, ...]]) -> model.Node:
    """The node with each sequence of nodes directly inside it replaced by what the function makes of it."""

    def branches(parts: Iterable[model.Branch]) -> tuple[model.Branch, ...]:
        return tuple(msgspec.structs.replace(part, body=into(part.body)) for part in parts)

    match node:
        case model.Call() | model.Loop():
            return msgspec.structs.replace(node, body=into(node.body))
        case model.Decision() | model.Parallel() | model.OneOf():
            return msgspec.structs.replace(node, branches=branches(node.branches))
        case model.Guard():
            return msgspec.structs.replace(
                node, body=into(node.body), handlers=branches(node.handlers), last=into(node.last)
            )
        case _:
            return node


def deep(nodes: Iterable[model.Node]) -> Iterator[model.Node]:
    """All nodes and what is inside them."""
    for node in nodes:
        yield node
        yield from deep(children_of(node))


def is_retry(node: model.Node) -> bool:
    """Whether a task asks for itself to be tried again: that is the retry policy's to do, no hand-over."""
    return isinstance(node, model.Hop) and node.evidence.endswith(".retry")


def effects_in(nodes: Iterable[model.Node]) -> Iterator[model.Step | model.Hop | model.Wait]:
    """What leaves the process, or lets time pass, anywhere in the nodes."""
    for node in deep(nodes):
        if isinstance(node, model.Step | model.Hop | model.Wait) and not is_retry(node):
            yield node


@dataclass(frozen=True, slots=True)
class Placed:
    """A hop inside of one step, and whether the step always sends it exactly once."""

    hop: model.Hop
    many: bool


def hops_in(nodes: Iterable[model.Node], *, many: bool = False) -> Iterator[Placed]:
    """The hops that the nodes make, in the order of the source."""
    for node in nodes:
        match node:
            case model.Hop():
                if not is_retry(node):
                    yield Placed(node, many or len(node.runs) > 1)
            case model.Call():
                yield from hops_in(node.body, many=many)
            case model.Guard():
                yield from hops_in(node.body, many=many)
                for handler in node.handlers:
                    yield from hops_in(handler.body, many=True)
                yield from hops_in(node.last, many=many)
            case _:
                yield from hops_in(children_of(node), many=True)
        # What follows a way out may not happen at all.
        many = many or any(isinstance(n, model.End) and n.outcome != "raise" for n in deep([node]))


def count(nodes: Iterable[model.Node]) -> int:
    """How many things happen; sending a message and handing work over by it is one.

    What others do by themselves, or what is done inside the code that sends a signal, happens at no hop.
    """
    found = [one for one in effects_in(nodes) if not isinstance(one, model.Hop) or one.kind in CAPTURED_HOPS]
    messages = sum(isinstance(one, model.Step) and one.kind == "message" for one in found)
    published = sum(isinstance(one, model.Hop) and one.kind == "publish" for one in found)
    return len(found) - min(messages, published)
