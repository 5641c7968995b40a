"""The canonical definition of a workflow: built from the model, written as YAML, read back and checked."""

from exporters.definition.build import Built, build
from exporters.definition.records import Definition, Next, Retry, Step, TriggerRecord
from exporters.definition.write import definition_text, json_schema, json_schema_text

__all__ = [
    "Built",
    "Definition",
    "Next",
    "Retry",
    "Step",
    "TriggerRecord",
    "build",
    "definition_text",
    "json_schema",
    "json_schema_text",
]
