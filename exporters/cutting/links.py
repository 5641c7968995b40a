"""What a message leads to by its own links: `link=` begins when its run has succeeded, `link_error=` when it failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from discover import model
from exporters.base import Loss
from exporters.cutting.afterwards import FAILS
from exporters.cutting.marks import deep, rebuilt
from exporters.cutting.policies import place

_SUCCEEDS = "it succeeds"
_CANVAS = " canvas"
"""Ends the evidence of what one call sends in an order of its own."""


def with_links(nodes: Iterable[model.Node]) -> tuple[model.Node, ...]:
    """The nodes, in which what is linked to a message comes after the runs that the message begins."""
    kept: list[model.Node] = []
    before: tuple[str, ...] = ()
    for node in nodes:
        if isinstance(node, model.Hop):
            before = node.runs
            kept.append(node)
            continue
        is_linking = bool(before) and _is_linking(node)
        kept.append(_linked(node, before) if is_linking else rebuilt(node, with_links))
        before = before if is_linking else ()
    return tuple(kept)


def _linked(node: model.Node, before: tuple[str, ...]) -> model.Node:
    if not isinstance(node, model.Decision):
        return rebuilt(node, lambda inner: tuple(_linked(one, before) for one in inner))
    if node.condition != _SUCCEEDS:
        return node
    return rebuilt(node, lambda inner: tuple(_behind(one, before) for one in inner))


def _behind(node: model.Node, before: tuple[str, ...]) -> model.Node:
    is_linked = isinstance(node, model.Hop) and not node.after
    return msgspec.structs.replace(node, after=before) if is_linked else node


def _is_linking(node: model.Node) -> bool:
    match node:
        case model.Decision(condition=condition):
            return condition in {_SUCCEEDS, FAILS}
        case model.Parallel(branches=branches):
            return all(_is_linking(one) for branch in branches for one in branch.body)
        case _:
            return False


def failure_losses(nodes: Iterable[model.Node], where: str) -> Iterator[Loss]:
    """A loss for what is to begin when a message's run has failed, as the message itself says."""
    deciding = (one for one in deep(nodes) if isinstance(one, model.Decision) and one.condition == FAILS)
    for hop in (node for one in deciding for branch in one.branches for node in branch.body):
        if isinstance(hop, model.Hop) and hop.evidence.endswith(_CANVAS):
            why = (
                f"“{hop.name}” is to begin when what is sent at {place(hop.unit, hop.line)} fails: no worker takes a "
                "message that says so, and the run fails there; the run that may fail can have it as `on_failure`"
            )
            yield Loss("failure-callback", where, why)
