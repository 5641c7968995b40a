"""Whatever the backend's words are, they change nothing of a process but its texts."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

from hypothesis import HealthCheck, given, settings
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - it ships no types

from exporters.bpmn.document import bpmn_text
from exporters.canonical.records import Definition
from tests.exporters.hostile import hostile

_DRAWN = frozenset({"BPMNLabel", "Bounds", "waypoint", "documentation"})
"""Elements that a text makes longer, or lets be."""
_WITH_ERRORS = frozenset({"takes", "retry"})


def _bare(node: ET.Element) -> Any:
    """The same without texts and measures."""
    told = {name: value for name, value in node.attrib.items() if name != "name"}
    if node.get("name") in _WITH_ERRORS:
        said = json.loads(told["value"])
        told["value"] = json.dumps({**said, "errors": len(said.get("errors", ()))})
    inside = [_bare(child) for child in node if child.tag.rpartition("}")[2] not in _DRAWN]
    return node.tag, told, (node.text or "").strip(), inside


@given(hostile())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_words_of_the_backend_are_no_part_of_the_process(pair: tuple[Definition, Definition]) -> None:
    plain, changed = (bpmn_text(definition).encode() for definition in pair)
    assert _bare(ET.fromstring(changed)) == _bare(ET.fromstring(plain))
    assert etree.fromstring(changed) is not None
