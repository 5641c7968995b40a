from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from discover.model import (
    Branch,
    Decision,
    Edge,
    Effect,
    End,
    Graph,
    Hop,
    RetryPolicy,
    Run,
    Step,
    Trigger,
    TriggerDetail,
    Unit,
    Workflow,
    serialize,
)
from discover.model.serialize import from_json, from_msgpack, json_schema, to_json, to_msgpack

GRAPH = Graph(
    root="shop",
    triggers=(
        Trigger(
            id="http:flask:/orders:app.py::order",
            kind="http",
            framework="flask",
            handler="app.py::order",
            line=3,
            detail=TriggerDetail(path="/orders", methods=("POST",)),
        ),
    ),
    units=(Unit(id="app.py::order", line=3, end_line=9), Unit(id="app.py::ship", line=11, end_line=12)),
    effects=(Effect(id="effect:app.py::order:0", kind="db_write", at="app.py::order", line=5, target="Order"),),
    edges=(Edge(source="app.py::order", target="app.py::ship", kind="dispatch", line=6, conditions=("paid",)),),
    workflows=(
        Workflow(
            id="workflow:app.py::order",
            name="POST /orders",
            triggers=("http:flask:/orders:app.py::order",),
            unit="app.py::order",
            body=(
                Step(id="app.py::order:5", name="Insert Order", retry=RetryPolicy(attempts=3)),
                Decision(
                    id="app.py::order:6",
                    condition="paid",
                    branches=(
                        Branch(label="yes", body=(Hop(id="app.py::order:7", runs=("app.py::ship",)),)),
                        Branch(label="no", body=(End(id="app.py::order:8", outcome="raise", text="</script>"),)),
                    ),
                ),
            ),
            runs=(Run(id="app.py::ship", unit="app.py::ship", kind="task"),),
        ),
    ),
)


def test_a_document_comes_back_as_it_was_written():
    assert from_json(to_json(GRAPH)) == GRAPH
    assert from_msgpack(to_msgpack(GRAPH)) == GRAPH


def test_an_edge_is_written_with_the_keys_of_the_contract():
    edge = json.loads(to_json(GRAPH))["edges"][0]
    assert (edge["from"], edge["to"], edge["loop"]) == ("app.py::order", "app.py::ship", False)


def test_the_published_schema_is_current():
    file = Path(serialize.__file__).with_name("schema.json")
    assert file.read_bytes() == json_schema(), "write json_schema() to discover/model/schema.json"


def test_a_document_is_valid_by_the_published_schema():
    schema = json.loads(json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(to_json(GRAPH)), schema)


def test_a_document_with_a_wrong_field_is_not_valid():
    document = json.loads(to_json(GRAPH))
    document["triggers"][0]["kind"] = "telepathy"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(json_schema()))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"root": "x", "schema": "undercurrent/graph@9"}', r"`\$.schema`"),
        (b'{"root": "x", "units": [{"id": "a", "line": "1", "end_line": 2}]}', r"`\$.units\[0\].line`"),
    ],
)
def test_what_is_no_document_is_refused_with_the_place(document, message):
    with pytest.raises(msgspec.DecodeError, match=message):
        from_json(document)
