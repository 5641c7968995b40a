"""The text of a definition, and the schema that editors check it with."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from exporters.canonical.records import Definition
from exporters.shared import yaml_text

_HEADER = """\
# A workflow as Undercurrent found it in the code. It runs: `undercurrent run THIS_FILE --root BACKEND --input JSON`.
# Edit it: what runs follows this file. `at`, `effects`, `whole`, `evidence` explain; all else acts.
"""
_FIRST = ("schema", "type", "id", "name", "at")


def definition_text(definition: Definition) -> str:
    """The definition as YAML."""
    return _HEADER + yaml_text.dump(_in_order(msgspec.to_builtins(definition)))


def _in_order(value: object) -> object:
    """What a reader looks for first stands first: what it is, its id, its name, its place."""
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    if isinstance(value, dict):
        keys = [*(key for key in _FIRST if key in value), *(key for key in value if key not in _FIRST)]
        return {key: _in_order(value[key]) for key in keys}
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition file (its published copy is `schema.json` beside this module)."""
    schema = msgspec.json.schema(Definition)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Undercurrent workflow", **schema}


def json_schema_text() -> str:
    """The published copy's text."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
