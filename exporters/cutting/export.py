"""`export --to yaml`: one canonical definition per workflow."""

from __future__ import annotations

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.write import definition_text
from exporters.cutting.build import build
from exporters.shared.identifiers import Unique, slug

NAME = "yaml"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a definition has no title
    """Write each workflow's definition."""
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    unique = Unique(separator="-")
    artifacts: list[Artifact] = []
    losses: list[Loss] = []
    for workflow in graph.workflows:
        built = build(workflow, triggers, sources)
        artifacts.append(Artifact(f"{unique(slug(workflow.name))}.yaml", definition_text(built.definition)))
        losses.extend(built.losses)
    return ExportResult(tuple(artifacts), tuple(losses))
