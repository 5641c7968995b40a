"""Nodes and flows of a process while it is being made, and the blocks that they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width, height."""
TASK = (120.0, 80.0)
EVENT = (36.0, 36.0)
GATEWAY = (50.0, 50.0)


@dataclass(eq=False, slots=True)
class Node:
    """A flow node; `body` holds what is inside of a sub-process."""

    id: str
    tag: str
    name: str
    size: Point = TASK
    facts: dict[str, str] = field(default_factory=dict[str, str])
    """What the runner reads of it."""
    note: str = ""
    event: str = ""
    """The kind of event: `timeDuration`, `timeDate`, `error`, `message`."""
    told: str = ""
    """The timer's expression, or the code of the error."""
    body: Block | None = None
    instances: str = ""
    """How often a sub-process happens: an expression; empty for once."""
    is_sequential: bool = False
    attached: list[Node] = field(default_factory=list["Node"])
    """Boundary events."""
    x: float = 0
    y: float = 0
    rise: float = 0
    """How far it reaches above the line of its flow."""
    label: Box | None = None
    """Where its name stands, when it stands beside it."""

    def __post_init__(self) -> None:
        self.rise = self.size[1] / 2

    @property
    def middle(self) -> float:
        """The x in the middle."""
        return self.x + self.size[0] / 2

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.size[0]

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.size[1]


@dataclass(eq=False, slots=True)
class Edge:
    """A sequence flow; `target` is set when what follows is known."""

    source: Node
    name: str = ""
    condition: str = ""
    """An expression; empty for the way that is taken otherwise, or always."""
    target: Node | None = None
    points: list[Point] = field(default_factory=list[Point])
    label: Box | None = None


@dataclass(eq=False, slots=True)
class Block:
    """A part of the flow with one way in, at its left, and its ways out at its right, all at one height."""

    entry: Node
    exits: list[Edge]
    """Flows to what comes next; none where the flow never goes on."""
    up: float = 0
    """How far it reaches above the line of its entry."""
    down: float = 0
    width: float = 0


@dataclass(eq=False, slots=True)
class Leaf(Block):
    """One node."""


@dataclass(eq=False, slots=True)
class Row(Block):
    """Blocks one after the other."""

    blocks: Sequence[Block] = ()
    lane: float = 0
    """The y below all of it: messages leave along it."""
    leaves_at: float = 0
    """The x at which the lane leads down to the row around this one."""
    around: Row | None = None


@dataclass(eq=False, slots=True)
class Ways(Block):
    """Ways between two gateways; a way without a row leads straight to the second."""

    ways: Sequence[tuple[Edge, Row | None]] = ()
    join: Node | None = None


@dataclass(eq=False, slots=True)
class Turns(Block):
    """A loop: what is asked first, then the turn, which leads back."""

    asked: Sequence[Node] = ()
    turn: Row | None = None
    back: Sequence[Edge] = ()
    first: Edge | None = None
    """From the gateway to the turn."""


@dataclass(eq=False, slots=True)
class Guarded(Block):
    """An activity and what happens when one of its boundary events takes an error."""

    merge: Node | None = None
    """Where tries again come back to."""
    activity: Node | None = None
    straight: Edge | None = None
    """From the activity to the gateway behind."""
    handlers: Sequence[tuple[Edge, Row | None]] = ()
    back: Sequence[Edge] = ()
    join: Node | None = None


def rows_of(block: Block) -> list[Row]:
    """The rows directly inside of a block that is no row itself."""
    match block:
        case Ways():
            return [row for _, row in block.ways if row is not None]
        case Turns():
            return [block.turn] if block.turn else []
        case Guarded():
            inner = [block.activity.body] if block.activity and isinstance(block.activity.body, Row) else []
            return [*inner, *(row for _, row in block.handlers if row)]
        case _:
            return [block.entry.body] if isinstance(block.entry.body, Row) else []


def nodes_of(block: Block) -> list[Node]:
    """The nodes of a block at its own level, those inside of sub-processes left out."""
    match block:
        case Row():
            return [node for inner in block.blocks for node in nodes_of(inner)]
        case Ways():
            inside = [node for _, row in block.ways if row for node in nodes_of(row)]
            return [block.entry, *inside, *([block.join] if block.join else [])]
        case Turns():
            return [block.entry, *block.asked, *(nodes_of(block.turn) if block.turn else [])]
        case Guarded():
            activity = block.activity or block.entry
            inside = [node for _, row in block.handlers if row for node in nodes_of(row)]
            ends = [block.merge, activity, *activity.attached, *inside, block.join]
            return [node for node in ends if node is not None]
        case _:
            return [block.entry]
