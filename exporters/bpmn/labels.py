"""Texts beside nodes and lines: how much room they take when a modeller wraps them, and where they stand."""

from __future__ import annotations

from exporters.bpmn.shapes import TASK, Box, Edge, Node, Point
from exporters.shared.metrics import text_width

OFF = 4.0
"""Between a text and what it belongs to."""
_SIZE, _LINE = 13.0, 14.0
_WIDEST = 90.0
_INNER_SIZE, _INNER_LINE = 14.0, 15.0
_PAD = 6.0
_USUAL_LINES = 3
_WIDE_TASK = 200.0
_ICON = 30.0
"""A task's sign stands in its upper corner."""


def room(text: str, widest: float = _WIDEST, size: float = _SIZE, line: float = _LINE) -> Point:
    """Width and height of a text; nothing where there is none."""
    lines = _lines(text, widest, size)
    return (max(text_width(one, size) for one in lines), line * len(lines)) if lines else (0.0, 0.0)


def inside(text: str, widest: float) -> float:
    """The height of a text within a shape."""
    return room(text, widest, _INNER_SIZE, _INNER_LINE)[1]


def task(name: str) -> Point:
    """The size of a task that holds its name: the usual one, or wider for a long one."""
    width = TASK[0] if inside(name, TASK[0] - 2 * _PAD) <= _USUAL_LINES * _INNER_LINE else _WIDE_TASK
    height = inside(name, width - 2 * _PAD)
    return width, max(TASK[1], height + _ICON)


def across(text: str) -> float:
    """The width of a text within a shape on one line."""
    return text_width(text, _INNER_SIZE)


def outside(node: Node) -> Point:
    """The room of the text that stands beside a node; none for those that hold it themselves."""
    return room(node.name) if node.tag.endswith(("Event", "Gateway")) else (0.0, 0.0)


def put_below(node: Node) -> None:
    """Its text stands under it."""
    width, height = outside(node)
    node.label = _box(node.middle - width / 2, node.bottom + OFF, width, height)


def put_above(node: Node) -> None:
    """Its text stands on it."""
    width, height = outside(node)
    node.label = _box(node.middle - width / 2, node.y - OFF - height, width, height)


def put_behind(event: Node) -> None:
    """Its text stands at the right of the line that leaves its lower side."""
    width, height = outside(event)
    event.label = _box(event.middle + 2 * OFF, event.bottom, width, height)


def put_on(edge: Edge, x: float, line: float) -> None:
    """Its text stands on a level part of it that begins there."""
    width, height = room(edge.name)
    edge.label = _box(x + OFF, line - OFF - height, width, height)


def put_under(edge: Edge, x: float, y: float) -> None:
    """Its text stands at the right of its upright part, which leaves a gateway there."""
    width, height = room(edge.name)
    edge.label = _box(x + OFF, y + OFF, width, height)


def _box(x: float, y: float, width: float, height: float) -> Box | None:
    return (x, y, width, height) if width else None


def _lines(text: str, widest: float, size: float) -> list[str]:
    found: list[str] = []
    for word in text.split():
        if found and text_width(f"{found[-1]} {word}", size) <= widest:
            found[-1] += f" {word}"
        else:
            found += _pieces(word, widest, size)
    return found


def _pieces(word: str, widest: float, size: float) -> list[str]:
    """A word that is too long is broken where the line ends."""
    found = [""]
    for char in word:
        if found[-1] and text_width(found[-1] + char, size) > widest:
            found.append("")
        found[-1] += char
    return found
