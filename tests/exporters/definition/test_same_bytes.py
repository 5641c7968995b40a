"""Every exporter of definitions writes the same bytes, whatever Python's hash seed; hostile names stay data."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import exporters
from discover import model
from exporters.canonical.load import parse_definition

TARGETS = ["yaml", "mermaid", "dbos", "unmeshed"]
PROGRAM = """
import hashlib, sys
from pathlib import Path
import msgspec, yaml
import exporters
from discover.model import Graph

folder = Path(sys.argv[1])
graph = msgspec.convert(yaml.safe_load((folder / "expected" / "graph.yaml").read_text()), Graph)

def source(path):
    file = folder / "app" / path
    return file.read_text() if file.is_file() else None

result = exporters.load(sys.argv[2]).export(graph, source, title="x")
print(hashlib.sha256(repr(result).encode()).hexdigest())
"""
HOSTILE = [
    'a"""\nimport os\n',
    "x'y\"z\\",
    "{{ secrets.token }}",
    "</script>",
    "#{x} *y*",
    "日本語",
    "\u2028\x00\x1b[31m",
    "",
]


@pytest.mark.parametrize("target", TARGETS)
def test_two_hash_seeds_give_the_same_bytes(target: str, lead_enrichment: Path, project: Path) -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(lead_enrichment.parent), target],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(project)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def hostile_graph(text: str) -> model.Graph:
    retry = model.RetryPolicy(attempts=2, on=(text,), text=text)
    run = model.Run(id="r", unit=f"app/x{text}.py::work", kind="task", name=text, queue=text, retry=retry)
    hop = model.Hop(id="h", name=text, channel=text, runs=("r",), arguments=(text,))
    branch = model.Branch(label=text, condition=text, body=(hop,))
    nodes = (
        model.Decision(id="d", name=text, condition=text, branches=(branch,)),
        model.Step(id="s", name=text, kind="http", target=text, service=text, detail=text),
    )
    detail = model.TriggerDetail(path=text, methods=(text,), name=text, schedule=text)
    trigger = model.Trigger(id="t", kind="http", framework=text, handler="app/a.py::f", line=1, detail=detail)
    workflow = model.Workflow(id=text, name=text, triggers=("t",), unit="app/a.py::f", body=nodes, runs=(run,))
    return model.Graph(root="x", triggers=(trigger,), workflows=(workflow,))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", HOSTILE)
def test_names_from_code_stay_data(text: str, target: str) -> None:
    result = exporters.load(target).export(hostile_graph(text), lambda _path: None, title=text)
    for artifact in result.artifacts:
        assert ".." not in artifact.path
        assert artifact.path.replace("/", "").replace("_", "").replace("-", "").replace(".", "").isalnum()
        if artifact.path.endswith(".py"):
            imported = [node for node in ast.parse(artifact.text).body if isinstance(node, ast.Import)]
            assert "engine" in artifact.path or "__main__" in artifact.path or not imported
        elif artifact.path.endswith(".json"):
            json.loads(artifact.text)
        elif artifact.path.endswith(".yaml"):
            assert yaml.safe_load(artifact.text)["name"] == text


def test_a_definition_with_odd_names_is_read_back() -> None:
    for text in HOSTILE:
        result = exporters.load("yaml").export(hostile_graph(text), lambda _path: None, title="x")
        assert parse_definition(result.artifacts[0].text, "x").name == text
