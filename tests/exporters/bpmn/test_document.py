"""BPMN files: accepted by BPMN's schema, by SpiffWorkflow and by bpmn-moddle, and drawn without one fault."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from exporters.bpmn.document import bpmn_text
from exporters.bpmn.runtime.specs import Processes
from exporters.canonical import Definition
from tests.conformance import exported, spec
from tests.engines.processes import TOOLS
from tests.exporters.bpmn.geometry import SPACES, faults
from tests.exporters.canonical.test_round_trip import definitions
from tests.exporters.semantics import ALL_CASES, numbered

_MODDLE = """
import fs from 'fs';
const { BpmnModdle } = await import(process.argv[2]);
let told = [];
for (const file of process.argv.slice(3)) {
  const read = await new BpmnModdle().fromXML(fs.readFileSync(file, 'utf8'));
  told = told.concat(read.warnings.map(warning => file + ': ' + warning.message));
}
console.log(JSON.stringify(told));
"""


@pytest.fixture(scope="module")
def known() -> dict[str, Definition]:
    found = {f"{name}_{flow}": made for name in spec.names() for flow, made in exported.definitions(name).items()}
    assert len(found) > len(spec.names())
    return found | {definition.name.replace(" ", "_"): definition for definition in numbered(ALL_CASES)}


def test_the_files_are_as_the_schema_says_and_can_be_run(known: dict[str, Definition], tmp_path: Path) -> None:
    for name, definition in known.items():
        file = tmp_path / f"{name}.bpmn"
        file.write_text(bpmn_text(definition), encoding="utf-8")
        assert Processes(file).result_of(definition.start) == definition.runs[0].result


def test_bpmn_moddle_reads_them_without_a_warning(known: dict[str, Definition], tmp_path: Path) -> None:
    modules = Path(os.environ.get("NODE_MODULES", TOOLS / "node_modules"))
    node, moddle = shutil.which("node"), modules / "bpmn-moddle" / "dist" / "index.js"
    if node is None or not moddle.is_file():
        pytest.skip("bpmn-moddle is not installed: NODE_MODULES names the folder that holds it")
    (tmp_path / "read.mjs").write_text(_MODDLE)
    for name, definition in known.items():
        (tmp_path / f"{name}.bpmn").write_text(bpmn_text(definition), encoding="utf-8")
    dangling = bpmn_text(next(iter(known.values()))).replace('targetRef="', 'targetRef="not_', 1)
    (tmp_path / "dangling.xml").write_text(dangling, encoding="utf-8")

    def warnings(*files: Path) -> list[str]:
        command = [node, str(tmp_path / "read.mjs"), moddle.as_uri(), *map(str, files)]
        return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)

    assert warnings(*sorted(tmp_path.glob("*.bpmn"))) == []
    assert warnings(tmp_path / "dangling.xml") != []


def test_every_node_has_a_name(known: dict[str, Definition]) -> None:
    for definition in known.values():
        for node in ET.fromstring(bpmn_text(definition)).iter():
            tag = node.tag.rpartition("}")[2]
            if tag.endswith(("Event", "Task", "Gateway")) or tag in {"subProcess", "participant", "process"}:
                assert node.get("name"), ET.tostring(node)


def test_nothing_is_drawn_over_anything_else(known: dict[str, Definition]) -> None:
    assert {name: found for name, definition in known.items() if (found := faults(bpmn_text(definition)))} == {}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(definitions())
def test_whatever_a_definition_says_its_drawing_has_no_fault(definition: Definition) -> None:
    text = bpmn_text(definition)
    assert faults(text) == []
    assert text == bpmn_text(definition)


def _shifted(text: str) -> str:
    return re.sub(r'(<bpmndi:BPMNShape id="shape_b".*?x=")', r"\g<1>1", text, flags=re.DOTALL)


def _let_go(text: str) -> str:
    return text.replace('<di:waypoint x="', '<di:waypoint x="9', 1)


def _unplaced(text: str) -> str:
    return re.sub(r"<bpmndi:BPMNLabel>.*?</bpmndi:BPMNLabel>", "", text, count=1, flags=re.DOTALL)


def _thrown(text: str) -> str:
    return re.sub(r'(<bpmndi:BPMNLabel>\s*<dc:Bounds x=")', r"\g<1>9", text, count=1)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_shifted, "b"),
        (_let_go, "does not meet"),
        (_unplaced, "has no place"),
        (_thrown, "sticks out"),
    ],
)
def test_a_fault_of_the_drawing_is_found(change: Callable[[str], str], fault: str) -> None:
    text = bpmn_text(numbered()[0])
    assert change(text) != text
    assert any(fault in found for found in faults(change(text)))


def test_strings_of_the_code_are_only_text(tmp_path: Path) -> None:
    hostile = '<bpmn:task id="x"/>"\'&]]>\x00\x0b\ufffe${x}'
    definition = load_definition_with(hostile)
    file = tmp_path / "hostile.bpmn"
    file.write_text(bpmn_text(definition), encoding="utf-8")
    Processes(file)
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    assert root.findall(".//bpmn:task", SPACES) == []
    named = [node.get("name") for node in root.iterfind(".//bpmn:serviceTask", SPACES)]
    assert '<bpmn:task id="x"/>"\'&]]> ${x}' in named


def load_definition_with(name: str) -> Definition:
    first = numbered()[0]
    run = first.runs[0]
    steps = tuple(msgspec.structs.replace(step, name=name, at=name) for step in run.steps)
    return msgspec.structs.replace(first, name=name, runs=(msgspec.structs.replace(run, name=name, steps=steps),))
