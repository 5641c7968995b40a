"""Whatever the backend's words are, they change nothing of what Conductor is told to do."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import HealthCheck, given, settings

from exporters.base import ExportResult
from exporters.canonical.records import Definition
from exporters.conductor.export import write
from tests.exporters.conductor.wellformed import faults
from tests.exporters.hostile import hostile

_ASKED = re.compile(r"\$\{.*?\}", re.DOTALL)


def _documents(result: ExportResult, folder: str) -> list[dict[str, Any]]:
    texts = [artifact.text for artifact in result.artifacts if artifact.path.startswith(f"{folder}/")]
    return [document for text in texts for document in json.loads(text.encode())]


def _bare(value: Any, key: str = "") -> Any:
    """The same without what only a reader reads, and without what names of classes say."""
    if isinstance(value, dict):
        return {name: _bare(item, name) for name, item in value.items() if name != "description"}
    if isinstance(value, list):
        return len(value) if key == "errors" else [_bare(item, "errors" if key == "catches" else key) for item in value]
    return value


@given(hostile())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_words_of_the_backend_are_no_part_of_the_workflows(pair: tuple[Definition, Definition]) -> None:
    plain, changed = (write([definition]) for definition in pair)
    for folder in ("workflows", "tasks"):
        assert _bare(_documents(changed, folder)) == _bare(_documents(plain, folder))
    workflows, tasks = _documents(changed, "workflows"), _documents(changed, "tasks")
    assert faults(workflows, tasks) == []
    inputs = [document | {"description": ""} for document in workflows]
    asked = set(_ASKED.findall(json.dumps(_told(inputs))))
    assert asked == set(_ASKED.findall(json.dumps(_told(_documents(plain, "workflows")))))


def _told(value: Any) -> Any:
    """All that the server evaluates: everything but descriptions."""
    if isinstance(value, dict):
        return {name: _told(item) for name, item in value.items() if name != "description"}
    return [_told(item) for item in value] if isinstance(value, list) else value
