"""Coordinates of a process's nodes and flows: blocks side by side on a line, ways and handlers below one another.

Blocks are measured from the inside out and placed from the outside in. A block's flows out all end at its right side,
on the line of its entry; the row around it leads them to the next block. So no flow crosses a node.
"""

from __future__ import annotations

from exporters.bpmn.shapes import Block, Edge, Guarded, Node, Point, Row, Turns, Ways, rows_of

GAP = 50.0
_BETWEEN = 40.0
"""Between two rows below one another."""
_LANE = 20.0
_PAD = 30.0
_HEAD = 40.0
"""Room for a sub-process's name above what is inside."""
_STEP = 60.0
"""Between two boundary events of one activity."""


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
            block.up = block.down = block.entry.size[1] / 2
            block.width = block.entry.size[0]


def _measure_rows(block: Block) -> None:
    for row in rows_of(block):
        measure(row)


def _fit(node: Node) -> None:
    """Give a sub-process the size of what is inside, with room for its boundary events."""
    width, height = node.size
    if isinstance(node.body, Row):
        measure(node.body)
        width = node.body.width + 2 * _PAD + _LANE
        height = 2 * max(node.body.up + _HEAD, node.body.down + _PAD)
    node.size = (max(width, _STEP * len(node.attached) + 2 * _LANE), height)


def _heights(row: Row | None) -> tuple[float, float]:
    return (row.up, row.down) if row else (10.0, 10.0)


def _width(row: Row | None) -> float:
    return row.width if row else 40.0


def _measure_ways(block: Ways) -> None:
    first, *others = [row for _, row in block.ways]
    up, down = _heights(first)
    half = block.entry.size[1] / 2
    block.up = max(up, half)
    block.down = max(down, half) + sum(sum(_heights(row)) + _BETWEEN for row in others)
    block.width = block.entry.size[0] + GAP + max(_width(row) for _, row in block.ways) + 2 * _LANE
    block.width += GAP + block.join.size[0] if block.join else 0


def _measure_turns(block: Turns) -> None:
    nodes = [block.entry, *block.asked]
    tallest = max(node.size[1] for node in nodes) / 2
    up, down = _heights(block.turn)
    block.up = max(up, tallest) + _BETWEEN
    block.down = max(down, tallest) + _BETWEEN
    block.width = sum(node.size[0] + GAP for node in nodes) + _width(block.turn) + 4 * _LANE


def _measure_guarded(block: Guarded) -> None:
    activity = block.activity or block.entry
    _fit(activity)
    for _, row in block.handlers:
        if row:
            measure(row)
    half = activity.size[1] / 2
    block.up = half
    block.down = half + _BETWEEN + sum(sum(_heights(row)) + _BETWEEN for _, row in block.handlers)
    before = block.merge.size[0] + GAP if block.merge else 0
    widest = max((_start_of_handlers(activity) + _width(row) for _, row in block.handlers), default=0)
    block.width = before + max(activity.size[0], widest) + 2 * _LANE
    block.width += GAP + block.join.size[0] if block.join else 0


def _start_of_handlers(activity: Node) -> float:
    """Where handlers begin, from the activity's left side: right of all boundary events."""
    return _STEP * len(activity.attached) + _LANE


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
            _put(block.entry, x, line, around)
            for edge in block.exits:
                edge.points = [(block.entry.right, line)]


def _put(node: Node, x: float, line: float, around: Row | None) -> None:
    node.x, node.y = x, line - node.size[1] / 2
    if isinstance(node.body, Row):
        inner = line if _is_centred(node.body) else node.y + _HEAD + node.body.up
        _place_row(node.body, x + _PAD, inner, around)
        node.body.leaves_at = node.right - _LANE
    for number, event in enumerate(node.attached):
        event.x = x + _STEP * number + _LANE
        event.y = node.bottom - event.size[1] / 2


def _is_centred(row: Row) -> bool:
    return row.down + _PAD >= row.up + _HEAD


def _place_row(row: Row, x: float, line: float, around: Row | None) -> None:
    row.around = around
    row.lane = line + row.down - _LANE / 2
    row.leaves_at = x + row.width + _LANE
    before: Block | None = None
    for block in row.blocks:
        place(block, x, line, row)
        for edge in before.exits if before else []:
            edge.points.append((x, line))
        x += block.width + GAP
        before = block


def _place_ways(block: Ways, x: float, line: float, around: Row | None) -> None:
    gate, join = block.entry, block.join
    _put(gate, x, line, around)
    start = gate.right + GAP
    end = start + max(_width(row) for _, row in block.ways)
    if join:
        _put(join, end + 2 * _LANE + GAP, line, around)
        block.exits[0].points = [(join.right, line)]
    at = line
    below = 0.0
    for number, (edge, row) in enumerate(block.ways):
        up, down = _heights(row)
        if number:
            at += below + _BETWEEN + up
        below = down if number else max(down, gate.size[1] / 2)
        edge.points = [(gate.right, line)] if not number else [(gate.middle, gate.bottom), (gate.middle, at)]
        if row:
            edge.points.append((start, at))
            _place_row(row, start, at, around)
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
    left = x
    nodes = [block.entry, *block.asked]
    for node in nodes:
        _put(node, x, line, around)
        x += node.size[0] + GAP
    gate, merge, first = nodes[-1], block.entry, block.first
    right = left + block.width
    top = line - block.up + _LANE / 2
    if first:
        first.points = [(gate.right, line), (x, line)]
    if block.turn:
        _place_row(block.turn, x, line, around)
        block.turn.leaves_at = x + _width(block.turn) + _LANE
    turned = x + _width(block.turn) + 2 * _LANE
    for edge in block.back:
        edge.points += [(turned, line), (turned, top), (merge.middle, top), (merge.middle, merge.y)]
    low = line + block.down - _LANE / 2
    for edge in block.exits:
        edge.points = [(gate.middle, gate.bottom), (gate.middle, low), (right, low), (right, line)]


def _place_guarded(block: Guarded, x: float, line: float, around: Row | None) -> None:
    right = x + block.width
    activity, merge, join = block.activity or block.entry, block.merge, block.join
    if merge:
        _put(merge, x, line, around)
        x = merge.right + GAP
    _put(activity, x, line, around)
    if join:
        _put(join, right - join.size[0], line, around)
        block.exits[0].points = [(join.right, line)]
    if block.straight:
        block.straight.points = [(activity.right, line), (join.x if join else right, line)]
    start = x + _start_of_handlers(activity)
    end = right - (GAP + join.size[0] if join else 0)
    if isinstance(activity.body, Row):
        activity.body.leaves_at = end - _LANE
    at = activity.bottom + _BETWEEN
    # The last boundary event's handler is the topmost: so the lines down from the others pass at its left.
    for edge, row in reversed(block.handlers):
        up, down = _heights(row)
        at += up
        event = edge.source
        edge.points = [(event.middle, event.bottom), (event.middle, at)]
        if row:
            edge.points.append((start, at))
            _place_row(row, start, at, around)
            row.leaves_at = end - _LANE
        for out in _ends(edge, row):
            if out in block.back and merge:
                # Back to the left, below the row.
                low = at + down + _LANE
                source = out.source
                out.points = [(source.middle, source.bottom), (source.middle, low)]
                out.points += [(merge.middle, low), (merge.middle, merge.bottom)]
            else:
                _lead(out, join, at, line)
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


def size_of(row: Row) -> Point:
    """The room that a measured row takes."""
    return (row.width, row.up + row.down)
