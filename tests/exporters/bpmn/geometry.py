"""What is wrong with a BPMN file's drawing.

Shapes on one another, lines through shapes, ends that hang in the air; texts that lie on shapes, lines or other texts,
or that a viewer would have to place itself.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations, pairwise

SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
Box = tuple[float, float, float, float]
Point = tuple[float, float]
_LABEL = "bpmndi:BPMNLabel"


def faults(text: str) -> list[str]:
    """All faults of the drawing."""
    root = ET.fromstring(text)
    boxes = {shape.get("bpmnElement", ""): _box(shape) for shape in root.iterfind(".//bpmndi:BPMNShape", SPACES)}
    lines = {edge.get("bpmnElement", ""): _points(edge) for edge in root.iterfind(".//bpmndi:BPMNEdge", SPACES)}
    holders = _holders(root)
    ends = {
        flow.get("id", ""): (flow.get("sourceRef", ""), flow.get("targetRef", ""))
        for tag in ("sequenceFlow", "messageFlow")
        for flow in root.iterfind(f".//bpmn:{tag}", SPACES)
    }
    events = {e.get("id", ""): e.get("attachedToRef", "") for e in root.iterfind(".//bpmn:boundaryEvent", SPACES)}
    drawn = {node for node in holders if not node.startswith("code_")}
    found = [f"{name} is not drawn" for name in sorted(drawn - boxes.keys())]
    found += [f"{name} is not drawn" for name in sorted(ends.keys() - lines.keys())]
    found += [*_overlaps(boxes, holders, events), *_lines(lines, ends, boxes, holders)]
    return [*found, *_texts(root, boxes, lines, holders)]


def _texts(
    root: ET.Element, boxes: dict[str, Box], lines: dict[str, list[Point]], holders: dict[str, list[str]]
) -> Iterator[str]:
    """Texts that stand beside what they belong to; tasks, sub-processes and pools hold their own."""
    drawn = [*root.iterfind(".//bpmndi:BPMNShape", SPACES), *root.iterfind(".//bpmndi:BPMNEdge", SPACES)]
    texts = {
        each.get("bpmnElement", ""): _box(label) for each in drawn if (label := each.find(_LABEL, SPACES)) is not None
    }
    for element in root.iter():
        name, text = element.get("id", ""), element.get("name", "")
        tag = element.tag.rpartition("}")[2]
        if text and tag.endswith(("Event", "Gateway", "Flow")) and name not in texts:
            yield f"the text of {name} has no place"
    around = holders | {name: holders.get(name, []) for name in texts}
    for name, text in texts.items():
        for other, box in boxes.items():
            if _meet(text, box) and not other.startswith("pool_") and not _holds(box, text):
                yield f"the text of {name} lies on {other}"
        for other, points in lines.items():
            if any(_crosses(text, a, b) for a, b in pairwise(points)):
                yield f"{other} goes through the text of {name}"
        outer = [boxes[other] for other in around[name] if other in boxes]
        if not all(_holds(box, text) for box in outer):
            yield f"the text of {name} sticks out"
    for (one, first), (other, second) in combinations(texts.items(), 2):
        if _meet(first, second):
            yield f"the texts of {one} and {other} overlap"


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _overlaps(boxes: dict[str, Box], holders: dict[str, list[str]], events: dict[str, str]) -> Iterator[str]:
    for (one, first), (other, second) in combinations(boxes.items(), 2):
        if events.get(one) == other or events.get(other) == one:
            continue
        if one in holders.get(other, ()) or other in holders.get(one, ()):
            inner, outer = (second, first) if one in holders.get(other, ()) else (first, second)
            if not (outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]):
                yield f"{one} and {other}: the inner one is not inside"
        elif first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]:
            yield f"{one} and {other} overlap"


def _lines(
    lines: dict[str, list[Point]],
    ends: dict[str, tuple[str, str]],
    boxes: dict[str, Box],
    holders: dict[str, list[str]],
) -> Iterator[str]:
    for name, points in lines.items():
        source, target = ends[name]
        for end, point in ((source, points[0]), (target, points[-1])):
            if not _is_on(boxes[end], point):
                yield f"{name} does not meet {end}"
        around = {source, target, *holders.get(source, ()), *holders.get(target, ())}
        for node, box in boxes.items():
            if node not in around and not node.startswith("pool_"):
                yield from (f"{name} goes through {node}" for a, b in pairwise(points) if _crosses(box, a, b))
        for node in {source, target} - set(holders.get(source, ())) - set(holders.get(target, ())):
            if not node.startswith("pool_"):
                yield from (f"{name} goes through {node}" for a, b in pairwise(points) if _crosses(boxes[node], a, b))
        yield from (f"{name} is not straight" for a, b in pairwise(points) if a[0] != b[0] and a[1] != b[1])


def _crosses(box: Box, a: Point, b: Point) -> bool:
    left, right = sorted((a[0], b[0]))
    top, bottom = sorted((a[1], b[1]))
    return left < box[2] - 1 and right > box[0] + 1 and top < box[3] - 1 and bottom > box[1] + 1


def _is_on(box: Box, point: Point) -> bool:
    x, y = point
    inside = box[0] - 0.2 <= x <= box[2] + 0.2 and box[1] - 0.2 <= y <= box[3] + 0.2
    return inside and (min(abs(x - box[0]), abs(x - box[2])) < 0.2 or min(abs(y - box[1]), abs(y - box[3])) < 0.2)


def _holders(root: ET.Element) -> dict[str, list[str]]:
    """For each node, what it stands in: sub-processes and its pool."""
    found: dict[str, list[str]] = {}

    def look(element: ET.Element, around: list[str]) -> None:
        for child in element:
            tag, name = child.tag.rpartition("}")[2], child.get("id", "")
            if tag.endswith(("Event", "Task", "Gateway")) or tag == "subProcess":
                found[name] = around
            if tag == "subProcess":
                look(child, [*around, name])

    pools = {p.get("processRef", ""): p.get("id", "") for p in root.iterfind(".//bpmn:participant", SPACES)}
    for process in root.iterfind("bpmn:process", SPACES):
        look(process, [pools[process.get("id", "")]])
    return found


def _box(shape: ET.Element) -> Box:
    bounds = shape.find("dc:Bounds", SPACES)
    assert bounds is not None
    x, y, width, height = (float(bounds.get(key, "nan")) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _points(edge: ET.Element) -> list[Point]:
    return [(float(p.get("x", "nan")), float(p.get("y", "nan"))) for p in edge.iterfind("di:waypoint", SPACES)]
