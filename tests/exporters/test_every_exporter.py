"""What each exporter module offers to the command line."""

from __future__ import annotations

import pytest

import exporters
from discover.model import Graph
from exporters.base import ExportResult


@pytest.mark.parametrize("name", sorted(exporters.NAMES))
def test_every_exporter_has_its_word_and_writes_a_graph_without_workflows(name: str) -> None:
    exporter = exporters.load(name)
    assert name == exporter.NAME
    result = exporter.export(Graph(root="x"), lambda _path: None, title="x")
    assert isinstance(result, ExportResult)
    assert result.losses == ()


def test_whatever_writes_definitions_can_start_from_edited_files() -> None:
    assert {name for name in exporters.NAMES if hasattr(exporters.load(name), "write")} == {*exporters.FROM_DEFINITIONS}
