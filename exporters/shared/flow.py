"""What a diagram shows of a workflow: cards in sequence, fans of lanes, frames, and cards that open.

The model nests as the code does; a reader wants fewer boxes. Small helpers are spliced into their caller, larger ones
stay one card with an inside; control flow that nests too deep for a page becomes such a card too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from discover.model import Branch, Call, Decision, End, Guard, Loop, Node, OneOf, Parallel
from exporters.shared.bodies import Bodies
from exporters.shared.words import branch_label, frame_title

SPLICE: Final = 3
"""A straight helper of at most so many cards is shown in its caller's line."""
DEPTH: Final = 3
"""Fans nested deeper than this open in a drawer of their own."""
LANES: Final = 5
"""A choice between more targets than this opens in a drawer."""


@dataclass(slots=True)
class Card:
    """One box of the diagram."""

    key: str
    """The node's id; entries and made-up cards have ids of their own."""
    kind: str
    node: Node | None = None
    inside: list[Block] | None = None
    """What shows when the card is opened."""
    ends: bool = False
    need: int = 1
    size: int = 1


@dataclass(slots=True)
class Lane:
    """One way out of a fan."""

    label: str
    items: list[Block]
    style: str = "branch"
    ends: bool = False
    need: int = 0
    size: int = 0


@dataclass(slots=True)
class Fan:
    """A card from which several lanes leave; lanes that don't end join after it."""

    head: Card
    lanes: list[Lane]
    ends: bool = False
    need: int = 1
    size: int = 1


@dataclass(slots=True)
class Frame:
    """A titled outline around a sequence: a loop, a try, a finally."""

    key: str
    kind: str
    title: str
    items: list[Block]
    node: Node | None = None
    lanes: list[Lane] = field(default_factory=list[Lane])
    """Error exits below the frame."""
    ends: bool = False
    need: int = 1
    size: int = 1


@dataclass(slots=True)
class Stack:
    """Entry cards above each other that all lead to the same next card."""

    cards: list[Card]
    ends: bool = False
    need: int = 1
    size: int = 1


Block = Card | Fan | Frame | Stack


class Flow:
    """Makes blocks of bodies; bodies that say the same get the same blocks."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._blocks: dict[int, list[Block]] = {}

    def blocks(self, body: Sequence[Node]) -> list[Block]:
        """The blocks of a run's body, or of a call's."""
        first = self._bodies.first(unwrap(body))
        found = self._blocks.get(id(first))
        if found is None:
            found = self._blocks[id(first)] = _Builder(self).sequence(first, 0)
        return found


def behind(entries: Sequence[Card], items: Sequence[Block]) -> list[Block]:
    """The blocks of a run behind the cards from which it begins."""
    if len(entries) == 1:
        return [entries[0], *items]
    return [Stack(list(entries), size=len(entries)), *items]


def unwrap(body: Sequence[Node]) -> tuple[Node, ...]:
    """Leave out wrappers: a body that is nothing but one plain call is shown as that call's body."""
    nodes = tuple(body)
    while len(nodes) == 1 and isinstance(nodes[0], Call) and nodes[0].body and _is_plain(nodes[0]):
        nodes = nodes[0].body
    return nodes


def _is_plain(call: Call) -> bool:
    return call.retry is None and call.timeout is None and call.confidence >= 0.8


class _Builder:
    """Builds blocks from nodes; each method returns blocks with `need` (columns) and `size` (cards) filled in."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def sequence(self, nodes: Iterable[Node], depth: int) -> list[Block]:
        blocks: list[Block] = []
        for node in nodes:
            if isinstance(node, Call):
                blocks.extend(self._call(node, depth))
            elif isinstance(node, Guard):
                blocks.extend(self._guard(node, depth))
            else:
                blocks.append(self._block(node, depth))
            if blocks and blocks[-1].ends:
                break
        return blocks

    def _call(self, node: Call, depth: int) -> list[Block]:
        if not node.body:
            return [Card(node.id, "call", node)]
        if is_spliced(node):
            return self.sequence(node.body, depth)
        return [Card(node.id, "call", node, inside=self._flow.blocks(node.body))]

    def _block(self, node: Node, depth: int) -> Block:
        if isinstance(node, (Decision, OneOf, Parallel)):
            return self._fan(node, depth)
        if isinstance(node, Loop):
            return self._frame(node.id, "loop", node, node.body, depth)
        return Card(node.id, tag_of(node), node, ends=isinstance(node, End))

    def _fan(self, node: Decision | OneOf | Parallel, depth: int) -> Block:
        kind = tag_of(node)
        if depth >= DEPTH or (isinstance(node, OneOf) and len(node.branches) > LANES):
            fan = _sized_fan(Card(node.id + "~", kind, node), self._lanes(node, 1))
            return Card(node.id, kind, node, inside=[fan], ends=fan.ends)
        return _sized_fan(Card(node.id, kind, node), self._lanes(node, depth + 1))

    def _lanes(self, node: Decision | OneOf | Parallel, depth: int) -> list[Lane]:
        style = "part" if isinstance(node, Parallel) else "branch"
        lanes = [self._lane(branch, depth, style, node) for branch in node.branches]
        if isinstance(node, Parallel) and not node.join:
            for lane in lanes:
                lane.ends = True
            lanes.insert(0, Lane("goes on", []))
        if isinstance(node, Decision) and len(lanes) == 1:
            lanes.append(Lane({"yes": "no", "no": "yes"}.get(lanes[0].label, "otherwise"), []))
        return lanes

    def _lane(self, branch: Branch, depth: int, style: str, of: Node) -> Lane:
        return _sized_lane(Lane(branch_label(branch, of), self.sequence(branch.body, depth), style))

    def _frame(self, key: str, kind: str, node: Node, body: Sequence[Node], depth: int) -> Card | Frame:
        items = self.sequence(body, depth)
        if not items:
            return Card(key, kind, node)
        if depth > DEPTH:
            return Card(key, kind, node, inside=items)
        need, size = _measure(items)
        return Frame(key, kind, frame_title(node), items, node, need=need, size=size)

    def _guard(self, node: Guard, depth: int) -> list[Block]:
        if depth <= DEPTH:
            return self._tried(node.id, node, depth)
        inside = self._tried(node.id + "~", node, 1)
        return [Card(node.id, "guard", node, inside=inside, ends=inside[-1].ends)]

    def _tried(self, key: str, node: Guard, depth: int) -> list[Block]:
        style = "compensate" if node.kind == "compensate" else "error"
        frame = self._frame(key, "guard", node, node.body, depth)
        lanes = [self._lane(branch, depth + 1, style, node) for branch in node.handlers]
        last = self.sequence(node.last, depth)
        if isinstance(frame, Card):
            # Nothing that is tried is shown: what its failure leads to leaves the card itself.
            tried = _sized_fan(frame, [Lane("no error", []), *lanes]) if any(lane.items for lane in lanes) else frame
            return [tried, *self._finally(node, last)]
        frame.lanes = lanes
        frame.ends = frame.items[-1].ends and all(lane.ends for lane in frame.lanes)
        if last and frame.ends:
            frame.lanes.append(_sized_lane(Lane("always", last, "branch")))
            frame.lanes[-1].ends = True
        frame.need = max(frame.need, 1 + max((lane.need for lane in frame.lanes), default=0))
        frame.size += sum(lane.size for lane in frame.lanes)
        return [frame, *self._finally(node, [] if frame.ends else last)]

    @staticmethod
    def _finally(node: Guard, last: list[Block]) -> list[Block]:
        """What happens in any case, behind what is tried."""
        need, size = _measure(last)
        return [Frame(node.id + "~last", "finally", "always", last, node, need=need, size=size)] if last else []


def tag_of(node: Node) -> str:
    """The node's type as the document writes it, for example `step`."""
    return str(node.__struct_config__.tag)


def is_spliced(call: Call) -> bool:
    """Whether the diagram shows the call's body in place of the call."""
    return _is_plain(call) and _straight_length(call.body) <= SPLICE


def _straight_length(body: Sequence[Node]) -> int:
    """Number of cards of a body without control flow; a large number when it has some."""
    total = 0
    for node in body:
        if isinstance(node, (Decision, OneOf, Parallel, Loop, Guard, End)):
            return 99
        total += _straight_length(node.body) if isinstance(node, Call) and node.body and _is_plain(node) else 1
        if total > SPLICE:
            return 99
    return total


def _measure(items: Sequence[Block]) -> tuple[int, int]:
    return sum(item.need for item in items), sum(item.size for item in items)


def _sized_lane(lane: Lane) -> Lane:
    lane.need, lane.size = _measure(lane.items)
    lane.ends = bool(lane.items) and lane.items[-1].ends
    return lane


def _sized_fan(head: Card, lanes: list[Lane]) -> Fan:
    main = main_lane(lanes) if lanes else None
    below = [lane for lane in lanes if lane is not main]
    beside = [] if len(below) == 1 and hangs(below[0]) else below
    need = 1 + max((lane.need for lane in (main, *beside) if lane), default=0)
    ends = bool(lanes) and all(lane.ends for lane in lanes)
    return Fan(head, lanes, ends, need, 1 + sum(lane.size for lane in lanes))


def main_lane(lanes: list[Lane]) -> Lane:
    """The lane that goes straight on: the first with steps that leads on, else an empty one, else the longest."""
    for lane in lanes:
        if lane.items and not lane.ends:
            return lane
    for lane in lanes:
        if not lane.ends:
            return lane
    return max(lanes, key=lambda lane: lane.size)


def hangs(lane: Lane) -> bool:
    """A lane of one card that ends stands right under its source."""
    return len(lane.items) == 1 and lane.ends and isinstance(lane.items[0], Card) and lane.items[0].inside is None
