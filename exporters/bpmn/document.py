"""The BPMN file of a definition: processes, a collaboration around them, and their diagram."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from exporters.bpmn import labels
from exporters.bpmn.layout import measure, message_points, place, straightened
from exporters.bpmn.names import plain
from exporters.bpmn.process import Process, processes
from exporters.bpmn.shapes import Block, Box, Edge, Node, Point, Row, nodes_of, rows_of
from exporters.canonical.records import Definition

_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_TARGET = "urn:undercurrent:bpmn"
_LEFT = 160.0
_HEADER = 30.0
"""A pool's name stands in a column at its left."""
_MARGIN = 40.0
_FORMAL = "bpmn:tFormalExpression"


def bpmn_text(definition: Definition) -> str:
    """The file's text."""
    return _Writer(definition).text()


class _Writer:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._processes = processes(definition)
        self._pools: dict[str, tuple[Point, Point]] = {}
        self._messages: list[tuple[str, Node, str, list[Point]]] = []

    def text(self) -> str:
        self._lay_out()
        root = ET.Element("bpmn:definitions", {f"xmlns:{prefix}": uri for prefix, uri in _SPACES.items()})
        root.set("id", "definitions")
        root.set("targetNamespace", _TARGET)
        for made in self._processes:
            for error in made.errors:
                told = {"id": f"code_{error.id}", "name": error.name, "errorCode": error.told}
                ET.SubElement(root, "bpmn:error", told)
        self._collaboration(root)
        for made in self._processes:
            self._process(root, made)
        self._diagram(root)
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

    def _lay_out(self) -> None:
        for made in self._processes:
            measure(made.row)
        names = [labels.across(made.name) / 2 for made in self._processes]
        width = max(made.row.width for made in self._processes) + _HEADER + 3 * _MARGIN
        top = _LEFT / 2
        for made, name in zip(self._processes, names, strict=True):
            height = max(made.row.up + made.row.down + 2 * _MARGIN, name + _MARGIN)
            place(made.row, _LEFT + _HEADER + _MARGIN, top + _MARGIN + made.row.up)
            self._pools[made.run.id] = ((_LEFT, top), (width, height))
            top += height + _MARGIN
        self._lay_messages(_LEFT + width)

    def _lay_messages(self, right: float) -> None:
        """Messages to one run go the same way: along the right of all pools, and into its pool from above."""
        starts = {made.run.id: made.row.entry for made in self._processes}
        ways: dict[str, float] = {}
        for made in self._processes:
            for node, row in _placed(made.row):
                run = node.facts.get("run", "")
                if node.facts.get("do") != "start" or run not in self._pools:
                    continue
                outside = ways.setdefault(run, right + 20 + 12 * len(ways))
                _, top = self._pools[run][0]
                points = message_points(node, row, outside, top - _MARGIN / 2)
                points += [(starts[run].middle, top - _MARGIN / 2), (starts[run].middle, top)]
                self._messages.append((f"message_{node.id}", node, run, straightened(points)))

    def _collaboration(self, root: ET.Element) -> None:
        found = ET.SubElement(root, "bpmn:collaboration", {"id": "collaboration"})
        for made in self._processes:
            told = {"id": f"pool_{made.id}", "name": made.name, "processRef": made.id}
            ET.SubElement(found, "bpmn:participant", told)
        pools = {made.run.id: f"pool_{made.id}" for made in self._processes}
        for name, source, run, _ in self._messages:
            told = {"id": name, "sourceRef": source.id, "targetRef": pools[run]}
            ET.SubElement(found, "bpmn:messageFlow", told)

    def _process(self, root: ET.Element, made: Process) -> None:
        told = {"id": made.id, "name": made.name, "isExecutable": "true"}
        process = ET.SubElement(root, "bpmn:process", told)
        if made.run.at:
            ET.SubElement(process, "bpmn:documentation").text = plain(made.run.at)
        _facts(process, made.facts)
        flows = {id(edge): f"flow_{made.id}_{number}" for number, edge in enumerate(made.edges, 1)}
        self._level(process, made.row, made.edges, flows)

    def _level(self, parent: ET.Element, block: Block, edges: list[Edge], flows: Mapping[int, str]) -> None:
        nodes = [each for node in nodes_of(block) for each in (node, *node.attached)]
        nodes = list({id(node): node for node in nodes}.values())
        known = {id(node) for node in nodes}
        used = [edge for edge in edges if id(edge.source) in known and edge.target is not None]
        for node in nodes:
            self._node(parent, node, used, edges, flows)
        for edge in used:
            _sequence_flow(parent, edge, flows[id(edge)])

    def _node(
        self, parent: ET.Element, node: Node, used: list[Edge], edges: list[Edge], flows: Mapping[int, str]
    ) -> None:
        made = ET.SubElement(parent, f"bpmn:{node.tag}", {"id": node.id, "name": node.name})
        out = [edge for edge in used if edge.source is node]
        if node.tag == "boundaryEvent":
            made.set("attachedToRef", self._owner(node, parent))
        if node.tag == "exclusiveGateway" and (default := next((e for e in out if not e.condition), None)) and out[1:]:
            made.set("default", flows[id(default)])
        if node.note:
            ET.SubElement(made, "bpmn:documentation").text = node.note
        _facts(made, node.facts, is_task=node.tag == "serviceTask")
        for edge in used:
            if edge.target is node:
                ET.SubElement(made, "bpmn:incoming").text = flows[id(edge)]
        for edge in out:
            ET.SubElement(made, "bpmn:outgoing").text = flows[id(edge)]
        if node.instances:
            told = {"isSequential": "true" if node.is_sequential else "false"}
            times = ET.SubElement(made, "bpmn:multiInstanceLoopCharacteristics", told)
            ET.SubElement(times, "bpmn:loopCardinality", {"xsi:type": _FORMAL}).text = node.instances
        if node.event == "error":
            told = {"id": f"taken_{node.id}", "errorRef": f"code_{node.id}"}
            ET.SubElement(made, "bpmn:errorEventDefinition", told)
        elif node.event:
            timer = ET.SubElement(made, "bpmn:timerEventDefinition", {"id": f"timer_{node.id}"})
            ET.SubElement(timer, f"bpmn:{node.event}", {"xsi:type": _FORMAL}).text = node.told
        if node.body is not None:
            self._level(made, node.body, edges, flows)

    def _owner(self, event: Node, parent: ET.Element) -> str:
        owners = [node for made in self._processes for node, _ in _placed(made.row) if event in node.attached]
        assert len(owners) == 1, parent
        return owners[0].id

    def _diagram(self, root: ET.Element) -> None:
        diagram = ET.SubElement(root, "bpmndi:BPMNDiagram", {"id": "diagram"})
        plane = ET.SubElement(diagram, "bpmndi:BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
        for made in self._processes:
            corner, size = self._pools[made.run.id]
            _shape(plane, f"pool_{made.id}", corner, size, {"isHorizontal": "true"})
            for node, _ in _placed(made.row):
                more = {"isExpanded": "true"} if node.body is not None else {}
                more |= {"isMarkerVisible": "true"} if node.tag == "exclusiveGateway" else {}
                _shape(plane, node.id, (node.x, node.y), node.size, more, node.label)
                for event in node.attached:
                    _shape(plane, event.id, (event.x, event.y), event.size, {}, event.label)
            for number, edge in enumerate(made.edges, 1):
                if edge.target is not None:
                    points = straightened(edge.points or _across(edge))
                    _line(plane, f"flow_{made.id}_{number}", points, edge.label)
        for name, _, _, points in self._messages:
            _line(plane, name, points)


def _placed(row: Row) -> Iterator[tuple[Node, Row]]:
    """Each node but boundary events, with the innermost row that holds it; outer ones first."""
    for block in row.blocks:
        inner = rows_of(block)
        bodies = [node.body for node in nodes_of(block) if node.body is not None]
        deeper = {id(node) for each in inner if each not in bodies for node in nodes_of(each)}
        events = {id(event) for node in nodes_of(block) for event in node.attached}
        for node in nodes_of(block):
            if id(node) not in deeper | events:
                yield node, row
        for each in inner:
            yield from _placed(each)


def _facts(parent: ET.Element, facts: Mapping[str, str], *, is_task: bool = False) -> None:
    if not facts:
        return
    more = ET.SubElement(parent, "bpmn:extensionElements")
    if is_task:
        operator = ET.SubElement(more, "spiffworkflow:serviceTaskOperator", {"id": facts["do"]})
        ET.SubElement(operator, "spiffworkflow:parameters")
    properties = ET.SubElement(more, "spiffworkflow:properties")
    for name, value in facts.items():
        ET.SubElement(properties, "spiffworkflow:property", {"name": name, "value": value})


def _sequence_flow(parent: ET.Element, edge: Edge, name: str) -> None:
    assert edge.target is not None
    told = {"id": name, "sourceRef": edge.source.id, "targetRef": edge.target.id}
    made = ET.SubElement(parent, "bpmn:sequenceFlow", {**told, **({"name": edge.name} if edge.name else {})})
    if edge.condition:
        ET.SubElement(made, "bpmn:conditionExpression", {"xsi:type": _FORMAL}).text = edge.condition


def _shape(
    plane: ET.Element, name: str, corner: Point, size: Point, more: Mapping[str, str], label: Box | None = None
) -> None:
    told = {"id": f"shape_{name}", "bpmnElement": name, **more}
    shape = ET.SubElement(plane, "bpmndi:BPMNShape", told)
    _bounds(shape, (*corner, *size))
    _label(shape, label)


def _line(plane: ET.Element, name: str, points: list[Point], label: Box | None = None) -> None:
    edge = ET.SubElement(plane, "bpmndi:BPMNEdge", {"id": f"line_{name}", "bpmnElement": name})
    for x, y in points:
        ET.SubElement(edge, "di:waypoint", {"x": _number(x), "y": _number(y)})
    _label(edge, label)


def _label(drawn: ET.Element, box: Box | None) -> None:
    if box is not None:
        _bounds(ET.SubElement(drawn, "bpmndi:BPMNLabel"), box)


def _bounds(drawn: ET.Element, box: Box) -> None:
    told = zip(("x", "y", "width", "height"), map(_number, box), strict=True)
    ET.SubElement(drawn, "dc:Bounds", dict(told))


def _across(edge: Edge) -> list[Point]:
    """The way between two nodes that stand beside one another."""
    assert edge.target is not None
    line = edge.source.y + edge.source.rise
    return [(edge.source.right, line), (edge.target.x, line)]


def _number(value: float) -> str:
    return str(round(value, 1))
