"""Calls of the project's own wrappers: one step where the wrapper does nothing but what the call says, else opened.

`_send(order, "https://…")` says what the request in `_send` goes to. Whether `_send` does more is asked of its own
flow: another effect, a hand-over, a wait, an answer in place of a failure, the request under a condition. What it
raises is how the request fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from discover.effects.wrappers import URL_NAMES
from discover.infer.logic import is_soft
from discover.infer.names import effect_name
from discover.infer.node_trees import bodies_of, walked
from discover.infer.steps import is_quiet
from discover.model import Call, Decision, Effect, End, Hop, Loop, Node, OneOf, Parallel, Step, Wait

_DATABASE = frozenset({"db_read", "db_write"})
_PARTS = re.compile(r"\{([^{}]*)\}")
_DEPTH = 4
_VAGUE = frozenset({"", "REQUEST"})

Opened = Callable[[Call], tuple[Node, ...]]
"""The nodes that a call opens."""


class _Seen(NamedTuple):
    """A node, and whether it stands where it may not run."""

    node: Node
    may_not_run: bool


def does_more(nodes: tuple[Node, ...], told: Step, opened: Opened) -> bool:
    """Whether a wrapper with these nodes does anything but what the call of it is told as."""
    own = _own(nodes, told)
    seen = list(_gone_through(nodes, opened, _DEPTH))
    chosen = [one for one in seen if isinstance(one.node, Step) and one.node.id in own]
    if told.kind == "http" and len(chosen) == 1 and chosen[0].may_not_run:
        return True
    return any(_matters(one.node) for one in seen if one.node.id not in own)


def named_as(nodes: tuple[Node, ...], told: Step) -> dict[str, Step]:
    """The wrapper's own requests, by their ids, as what the call says that they are."""
    own = _own(nodes, told) if told.kind == "http" else set[str]()
    found = (node for node in walked(nodes, is_opened=False) if isinstance(node, Step) and node.id in own)
    return {node.id: _named(node, told) for node in found}


def is_given_its_url(nodes: tuple[Node, ...]) -> bool:
    """Whether a request in the nodes goes to a URL that is called so, and not known there."""
    return any(isinstance(node, Step) and _names_url(node) for node in walked(nodes, is_opened=False))


def _names_url(step: Step) -> bool:
    return step.kind == "http" and not URL_NAMES.isdisjoint(_PARTS.findall(step.target))


def _named(step: Step, told: Step) -> Step:
    detail = step.detail if told.detail in _VAGUE else told.detail
    effect = Effect(
        id=told.effect,
        kind="http",
        at=step.unit,
        line=step.line,
        target=told.target,
        service=told.service,
        detail=detail,
    )
    return msgspec.structs.replace(
        step,
        name=effect_name(effect),
        effect=told.effect,
        service=told.service,
        target=told.target,
        detail=detail,
        confidence=min(step.confidence, told.confidence),
        evidence=told.evidence,
    )


def _own(nodes: tuple[Node, ...], told: Step) -> set[str]:
    """The ids of the steps that the call says more of: those whose URL is not known in the wrapper."""
    steps = [node for node in walked(nodes, is_opened=False) if isinstance(node, Step)]
    if told.kind in _DATABASE:
        return {step.id for step in steps if step.kind in _DATABASE}
    open_ones = [step for step in steps if step.kind == told.kind and ("{" in step.target or not step.target)]
    by_name = [step for step in open_ones if _names_url(step)]
    found = by_name or (open_ones if len({step.target for step in open_ones}) == 1 else [])
    return {step.id for step in found}


def _gone_through(nodes: tuple[Node, ...], opened: Opened, depth: int, *, may_not_run: bool = False) -> Iterator[_Seen]:
    for node in nodes:
        yield _Seen(node, may_not_run)
        if isinstance(node, Call):
            if depth and not is_soft(node):
                yield from _gone_through(opened(node), opened, depth - 1, may_not_run=may_not_run)
            continue
        may_not = may_not_run or isinstance(node, (Decision, Loop, OneOf))
        for body in bodies_of(node):
            yield from _gone_through(body, opened, depth, may_not_run=may_not)


def _matters(node: Node) -> bool:
    if isinstance(node, End):
        return node.outcome != "raise"
    if isinstance(node, Step):
        return not is_quiet(node)
    return isinstance(node, (Hop, Wait, Parallel))
