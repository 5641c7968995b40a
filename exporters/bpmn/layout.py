"""Coordinates of a process's nodes and flows: blocks side by side on a line, ways and handlers below one another.

Blocks are measured from the inside out and placed from the outside in. A block's flows out all end at its right side,
on the line of its entry; the row around it leads them to the next block. So no flow crosses a node. The texts of
events and gateways have room of their own: below an event, above a gateway, right of the line that leaves a boundary
event.
"""

from __future__ import annotations

from collections.abc import Iterable

from exporters.bpmn import labels
from exporters.bpmn.shapes import EVENT, GATEWAY, Block, Edge, Guarded, Node, Point, Row, Turns, Ways, rows_of

GAP = 50.0
_BETWEEN = 40.0
"""Between two rows below one another."""
_LANE = 20.0
_PAD = 30.0
_TURN = 20.0
"""From the end of a handler's row to where it turns back."""
_ARROW = 16.0
"""Of a flow, behind its text."""


def measure(block: Block) -> None:
    """Set how much room a block takes, and the sizes of its sub-processes."""
    match block:
        case Row():
            for inner in block.blocks:
                measure(inner)
            block.up = max(inner.up for inner in block.blocks)
            block.down = max(inner.down for inner in block.blocks) + _LANE
            block.width = sum(inner.width for inner in block.blocks) + GAP * (len(block.blocks) - 1)
        case Ways():
            _measure_rows(block)
            _measure_ways(block)
        case Turns():
            _measure_rows(block)
            _measure_turns(block)
        case Guarded():
            _measure_guarded(block)
        case _:
            _fit(block.entry)
            node = block.entry
            width, height = labels.outside(node) if node.tag.endswith("Event") else (0.0, 0.0)
            block.up = node.rise
            block.down = node.size[1] - node.rise + (labels.OFF + height if height else 0)
            block.width = max(node.size[0], width)


def _measure_rows(block: Block) -> None:
    for row in rows_of(block):
        measure(row)


def _fit(node: Node) -> None:
    """Give a sub-process the size of what is inside, and any node room for its boundary events."""
    width, height = node.size
    if isinstance(node.body, Row):
        measure(node.body)
        width = node.body.width + 2 * _PAD + _LANE
        node.rise = node.body.up + _head(node)
        height = node.rise + node.body.down + _PAD
    node.size = (max(width, _offsets(node)[-1] - 2 * _LANE), height)


def _head(node: Node) -> float:
    """Room for a sub-process's name above what is inside."""
    body = node.body.width if node.body else 0.0
    return labels.inside(node.name, body) + 2 * _LANE


def _offsets(node: Node) -> list[float]:
    """Where its boundary events begin, from its left side, and at last where their texts have ended."""
    found = [_LANE]
    for event in node.attached:
        found.append(found[-1] + EVENT[0] / 2 + max(EVENT[0] / 2, 2 * labels.OFF + labels.outside(event)[0]) + _LANE)
    return [*found[:-1], found[-1] + 2 * _LANE]


def _heights(row: Row | None) -> tuple[float, float]:
    return (row.up, row.down) if row else (10.0, 10.0)


def _width(row: Row | None) -> float:
    return row.width if row else 40.0


def _above(node: Node | None) -> float:
    """How far a gateway and its text reach above its line."""
    if node is None:
        return 0.0
    height = labels.outside(node)[1]
    return node.rise + (labels.OFF + height if height else 0.0)


def _way(edge: Edge, row: Row | None) -> tuple[float, float]:
    """How far a way reaches above and below its line, its text included."""
    up, down = _heights(row)
    return max(up, labels.room(edge.name)[1] + 2 * labels.OFF), down


def _behind(edges: Iterable[Edge]) -> float:
    """The room between a gateway and what follows: the texts of its flows stand in it."""
    return max(GAP, *(labels.room(edge.name)[0] + labels.OFF + _ARROW for edge in edges), 0.0)


def _measure_ways(block: Ways) -> None:
    (up, down), *others = [_way(edge, row) for edge, row in block.ways]
    block.up = max(up, _above(block.entry), _above(block.join))
    block.down = max(down, block.entry.rise) + sum(sum(each) + _BETWEEN for each in others)
    block.width = block.entry.size[0] + _behind(edge for edge, _ in block.ways)
    block.width += max(_width(row) for _, row in block.ways) + 2 * _LANE
    block.width += GAP + block.join.size[0] if block.join else 0


def _measure_turns(block: Turns) -> None:
    nodes = [block.entry, *block.asked]
    tallest = max(node.rise for node in nodes)
    up, down = _heights(block.turn)
    block.up = max(up, tallest, _above(nodes[-1])) + _BETWEEN
    block.down = max(down, tallest, _above(block.entry)) + _BETWEEN
    block.width = (
        sum(node.size[0] + GAP for node in nodes[:-1]) + nodes[-1].size[0] + _behind([*block.exits, *_first(block)])
    )
    block.width += _width(block.turn) + 4 * _LANE


def _first(block: Turns) -> list[Edge]:
    return [block.first] if block.first else []


def _measure_guarded(block: Guarded) -> None:
    activity = block.activity or block.entry
    _fit(activity)
    for _, row in block.handlers:
        if row:
            measure(row)
    below = activity.size[1] - activity.rise
    block.up = max(activity.rise, _above(block.merge), _above(block.join))
    block.down = below + _under(activity) + sum(sum(_heights(row)) + _BETWEEN for _, row in block.handlers)
    block.down = max(block.down, GATEWAY[1] / 2)
    before = block.merge.size[0] + GAP if block.merge else 0
    widest = max((_offsets(activity)[-1] + _width(row) for _, row in block.handlers), default=0)
    block.width = before + max(activity.size[0], widest) + 2 * _LANE
    block.width += GAP + block.join.size[0] if block.join else 0


def _under(activity: Node) -> float:
    """The room below an activity that its boundary events and their texts take."""
    return max([_BETWEEN, *(EVENT[1] / 2 + labels.outside(event)[1] + _LANE for event in activity.attached)])


def place(block: Block, x: float, line: float, around: Row | None = None) -> None:
    """Set the coordinates of a block whose left side is at `x`, and of its flows."""
    match block:
        case Row():
            _place_row(block, x, line, around)
        case Ways():
            _place_ways(block, x, line, around)
        case Turns():
            _place_turns(block, x, line, around)
        case Guarded():
            _place_guarded(block, x, line, around)
        case _:
            node = block.entry
            _put(node, x + (block.width - node.size[0]) / 2, line, around)
            labels.put_below(node)
            for edge in block.exits:
                edge.points = [(node.right, line)]


def _put(node: Node, x: float, line: float, around: Row | None) -> None:
    node.x, node.y = x, line - node.rise
    if isinstance(node.body, Row):
        _place_row(node.body, x + _PAD, line, around)
        node.body.leaves_at = node.right - _LANE
    for offset, event in zip(_offsets(node), node.attached, strict=False):
        event.x = x + offset
        event.y = node.bottom - event.size[1] / 2
        labels.put_behind(event)


def _place_row(row: Row, x: float, line: float, around: Row | None) -> None:
    row.around = around
    row.lane = line + row.down - _LANE / 2
    row.leaves_at = x + row.width + _LANE
    before: Block | None = None
    for block in row.blocks:
        place(block, x, line, row)
        for edge in before.exits if before else []:
            edge.points.append((block.entry.x, line))
        x += block.width + GAP
        before = block


def _place_ways(block: Ways, x: float, line: float, around: Row | None) -> None:
    gate, join = block.entry, block.join
    _put(gate, x, line, around)
    labels.put_above(gate)
    start = gate.right + _behind(edge for edge, _ in block.ways)
    end = start + max(_width(row) for _, row in block.ways)
    if join:
        _put(join, end + 2 * _LANE + GAP, line, around)
        labels.put_above(join)
        block.exits[0].points = [(join.right, line)]
    at = line
    below = 0.0
    for number, (edge, row) in enumerate(block.ways):
        up, down = _way(edge, row)
        if number:
            at += below + _BETWEEN + up
        below = down if number else max(down, gate.rise)
        edge.points = [(gate.right, line)] if not number else [(gate.middle, gate.bottom), (gate.middle, at)]
        labels.put_on(edge, gate.right, at)
        if row:
            _place_row(row, start, at, around)
            edge.points.append((row.entry.x, at))
            row.leaves_at = end + _LANE
        for out in _ends(edge, row):
            _lead(out, join, at, line)


def _ends(edge: Edge, row: Row | None) -> list[Edge]:
    return row.exits if row else [edge]


def _lead(edge: Edge, join: Node | None, at: float, line: float) -> None:
    """From the end of a way to the gateway that it leads to."""
    if join is None:
        return
    if at == line:
        edge.points.append((join.x, line))
    else:
        edge.points += [(join.middle, at), (join.middle, join.bottom)]


def _place_turns(block: Turns, x: float, line: float, around: Row | None) -> None:
    right = x + block.width
    nodes = [block.entry, *block.asked]
    for node in nodes:
        _put(node, x, line, around)
        x += node.size[0] + GAP
    gate, merge, first = nodes[-1], block.entry, block.first
    labels.put_below(merge)
    labels.put_above(gate)
    x = gate.right + _behind([*block.exits, *_first(block)])
    top = line - block.up + _LANE / 2
    if block.turn:
        _place_row(block.turn, x, line, around)
        block.turn.leaves_at = x + _width(block.turn) + _LANE
    if first:
        first.points = [(gate.right, line), (block.turn.entry.x if block.turn else x, line)]
        labels.put_on(first, gate.right, line)
    turned = x + _width(block.turn) + 2 * _LANE
    for edge in block.back:
        edge.points += [(turned, line), (turned, top), (merge.middle, top), (merge.middle, merge.y)]
    low = line + block.down - _LANE / 2
    for edge in block.exits:
        edge.points = [(gate.middle, gate.bottom), (gate.middle, low), (right, low), (right, line)]
        labels.put_under(edge, gate.middle, gate.bottom)


def _place_guarded(block: Guarded, x: float, line: float, around: Row | None) -> None:
    right = x + block.width
    activity, merge, join = block.activity or block.entry, block.merge, block.join
    if merge:
        _put(merge, x, line, around)
        labels.put_above(merge)
        x = merge.right + GAP
    _put(activity, x, line, around)
    if join:
        _put(join, right - join.size[0], line, around)
        labels.put_above(join)
        block.exits[0].points = [(join.right, line)]
    if block.straight:
        block.straight.points = [(activity.right, line), (join.x if join else right, line)]
    end = right - (GAP + join.size[0] if join else 0)
    if isinstance(activity.body, Row):
        activity.body.leaves_at = end - _LANE
    _place_handlers(block, activity, line, end, around)


def _place_handlers(block: Guarded, activity: Node, line: float, end: float, around: Row | None) -> None:
    start = activity.x + _offsets(activity)[-1]
    at = activity.bottom + _under(activity)
    # The last boundary event's handler is the topmost: so the lines down from the others pass at its left.
    for edge, row in reversed(block.handlers):
        up, down = _heights(row)
        at += up
        event = edge.source
        edge.points = [(event.middle, event.bottom), (event.middle, at)]
        if row:
            _place_row(row, start, at, around)
            edge.points.append((row.entry.x, at))
            row.leaves_at = end - _LANE
        for out in _ends(edge, row):
            if out in block.back and block.merge:
                # Back to the left, below the row.
                low, turned = at + down + _LANE, start + _width(row) + _TURN / 2
                out.points = [(out.source.right, at), (turned, at), (turned, low)]
                out.points += [(block.merge.middle, low), (block.merge.middle, block.merge.bottom)]
            else:
                _lead(out, block.join, at, line)
        at += down + _BETWEEN


def message_points(source: Node, row: Row, right: float, line: float) -> list[Point]:
    """The way of a message: down to the lane below its row, out of all rows around, and along `right` to the line."""
    points: list[Point] = [(source.middle, source.bottom), (source.middle, row.lane)]
    here = row
    while here.around is not None:
        points += [(here.leaves_at, here.lane), (here.leaves_at, here.around.lane)]
        here = here.around
    return [*points, (right, here.lane), (right, line)]


def straightened(points: list[Point]) -> list[Point]:
    """The same line without points that lie between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        while len(kept) > 1 and any(kept[-2][axis] == kept[-1][axis] == point[axis] for axis in (0, 1)):
            kept.pop()
        kept.append(point)
    return kept
