"""The document as JSON, both ways, and its published schema."""

from __future__ import annotations

from typing import cast

import msgspec

from discover.model.graph import SCHEMA, Graph


def to_json(graph: Graph) -> bytes:
    """The document as one line of UTF-8 JSON; equal graphs give equal bytes."""
    return msgspec.json.encode(graph)


def from_json(document: bytes) -> Graph:
    """The graph in a document.

    Raises:
        msgspec.DecodeError: when the bytes are no JSON; as `msgspec.ValidationError`, with the path of the field, when
            they are no document of this schema.
    """
    return msgspec.json.decode(document, type=Graph)


def to_msgpack(graph: Graph) -> bytes:
    """The document in the form that the cache keeps: smaller and faster to read than JSON."""
    return msgspec.msgpack.encode(graph)


def from_msgpack(document: bytes) -> Graph:
    """The graph that `to_msgpack` wrote."""
    return msgspec.msgpack.decode(document, type=Graph)


def json_schema() -> bytes:
    """The JSON Schema of the document: what `schema.json` beside this file holds."""
    (_, definitions) = msgspec.json.schema_components([Graph], ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "$ref": "#/$defs/Graph",
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }
    _dedent(document)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _dedent(schema: object) -> None:
    """Docstrings become descriptions; only since Python 3.13 does the interpreter take their indentation away."""
    import inspect

    if isinstance(schema, dict):
        table = cast("dict[str, object]", schema)
        text = table.get("description")
        if isinstance(text, str):
            table["description"] = inspect.cleandoc(text)
        for value in table.values():
            _dedent(value)
    elif isinstance(schema, list):
        for value in cast("list[object]", schema):
            _dedent(value)
